package pipeline

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"

	"tidemark/internal/atomicfile"
)

// maxLeap is how long after the run before it a run may begin without a person who says that the clock is right: a machine that was
// switched off for longer, or whose clock is wrong, which would date files wrongly, clear raw files, and settle months that are not over.
const maxLeap = 60 * 24 * time.Hour

// ClockError says that the clock leapt.
type ClockError struct{ Now, Seen time.Time }

func (e *ClockError) Error() string {
	return fmt.Sprintf("the clock says %s, %d days after the run before (%s): nothing was fetched, cleared or published; set the clock, or run or collect once with --trust-clock if it is right",
		e.Now.Format(time.RFC3339), int(e.Now.Sub(e.Seen).Hours()/24), e.Seen.Format(time.RFC3339))
}

func (p *Pipeline) clockFile() string { return filepath.Join(p.stateDir(), "clock.json") }

// checkClock returns a *ClockError if the clock leapt, and otherwise records what it says.
func (s *Session) checkClock() error {
	now := s.now().UTC().Truncate(time.Second)
	if seen := s.seenClock(); !s.options.TrustClock && !seen.IsZero() && now.Sub(seen) > maxLeap {
		return &ClockError{now, seen}
	}
	b, err := json.Marshal(now)
	if err != nil {
		return err
	}
	return atomicfile.Write(s.clockFile(), append(b, '\n'))
}

// seenClock returns what the clock said in the run before; zero if that is unknown.
func (p *Pipeline) seenClock() (seen time.Time) {
	if b, err := atomicfile.Read(p.clockFile()); err == nil && json.Unmarshal(b, &seen) == nil {
		return seen
	}
	if last, err := p.Journal().Last(); err == nil && last != nil {
		return last.Start
	}
	return time.Time{}
}
