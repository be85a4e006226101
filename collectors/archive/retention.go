package archive

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"tidemark/internal/atomicfile"
)

// Retention is how long and how many raw bytes stay. Zero: without bound.
type Retention struct {
	Kinds []string // that are cleared; others stay
	Age   time.Duration
	Bytes int64 // of these kinds together; the oldest go first
}

// Expired returns the files whose bytes may go by now, oldest fetched first. Those for which keep says so stay. Unless the
// archive changes, none expires before next, which is zero where none ever does.
func (a *Archive) Expired(by Retention, now time.Time, keep func(Raw) bool) (expired []Raw, next time.Time, err error) {
	if by.Age == 0 && by.Bytes == 0 {
		return nil, next, nil
	}
	var all []Raw
	var bytes int64
	for _, kind := range by.Kinds {
		for raw, err := range a.All(kind) {
			if err != nil {
				return nil, next, err
			}
			if _, err := os.Stat(raw.path); err == nil { // also what a killed run had noted as cleared
				all = append(all, raw)
				bytes += raw.held()
			}
		}
	}
	slices.SortStableFunc(all, func(x, y Raw) int { return x.Fetched.Compare(y.Fetched) })
	for _, raw := range all {
		over := by.Bytes > 0 && bytes > by.Bytes
		old := by.Age > 0 && now.Sub(raw.Fetched) > by.Age
		due := raw.Fetched.Add(by.Age)
		if over {
			due = now
		}
		switch {
		case raw.Cleared || (old || over) && !keep(raw):
			expired = append(expired, raw)
			bytes -= raw.held()
		case (over || by.Age > 0) && (next.IsZero() || due.Before(next)):
			next = due
		}
	}
	return expired, next, nil
}

// Clear takes the bytes of a file away. Its note stays and says so: the file is not fetched again, and what was decoded
// from it can still be followed to its URL and hash. The note goes first, so that bytes without a home are swept away.
func (a *Archive) Clear(raw Raw) error {
	raw.Cleared = true
	if err := a.Annotate(raw); err != nil {
		return err
	}
	if err := os.Remove(raw.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(raw.path))
}

func (r Raw) held() int64 {
	_, bytes := r.Held()
	return bytes
}
