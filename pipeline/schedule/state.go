package schedule

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"tidemark/internal/atomicfile"

	"tidemark/collectors"
)

// State is what earlier runs learned of the sources.
type State struct {
	Sources map[string]*Source `json:"sources"`
}

// Source is what earlier runs learned of a source.
type Source struct {
	Asked    time.Time        `json:"asked"`              // when it was asked last
	Since    time.Time        `json:"since"`              // when it was asked first
	Alive    time.Time        `json:"alive,omitzero"`     // when it last brought something, or said that it has nothing newer
	Have     time.Time        `json:"have,omitzero"`      // the newest time that something brought speaks of
	Failures int              `json:"failures,omitempty"` // runs in a row in which something failed
	Error    string           `json:"error,omitempty"`    // what failed last; empty: the last run was good
	Left     int              `json:"left,omitempty"`     // files that a budget left to the next run
	Bytes    int64            `json:"bytes"`              // brought in all
	Files    int              `json:"files"`
	Seconds  float64          `json:"seconds"`         // that bringing them took
	Items    map[string]*Item `json:"items,omitempty"` // that failed, by URL
}

// Item is something that could not be brought.
type Item struct {
	Tries int       `json:"tries"`
	Last  time.Time `json:"last"`
	Error string    `json:"error"`
}

// Load reads the state; it is empty where there is none. A state that cannot be read is thrown away with an error that
// says so: everything in it is found again by asking.
func Load(path string) (*State, error) {
	s := &State{Sources: map[string]*Source{}}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(b, s)
	}
	if err != nil || s.Sources == nil {
		return &State{Sources: map[string]*Source{}}, fmt.Errorf("%s: %w; what was learned of the sources is lost, and they are asked anew", path, err)
	}
	return s, nil
}

// Save replaces the state as a whole.
func (s *State) Save(path string) error {
	b, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	return atomicfile.Write(path, append(b, '\n'))
}

// Of is what is known of a source; a zero Source where it was never asked.
func (s *State) Of(name string) Source { return *s.of(name) }

func (s *State) of(name string) *Source {
	if known := s.Sources[name]; known != nil {
		return known
	}
	return &Source{}
}

const (
	firstWait  = 10 * time.Minute
	sourceWait = 24 * time.Hour     // at most, for a source that does not answer
	itemWait   = 7 * 24 * time.Hour // at most, for a file that cannot be had
)

// wait doubles with each failure.
func wait(failures int, most time.Duration) time.Duration {
	w := firstWait
	for ; failures > 1 && w < most; failures-- {
		w *= 2
	}
	return min(w, most)
}

func (i *Item) again() time.Time { return i.Last.Add(wait(i.Tries, itemWait)) }

// again is when the source should be asked again.
func (s *Source) again(from collectors.Source, now time.Time) time.Time {
	switch {
	case s.Asked.IsZero() || s.Left > 0:
		return now
	case s.Failures > 0:
		return s.Asked.Add(wait(s.Failures, sourceWait))
	case !from.Every.IsZero() && !s.Have.Before(from.Every.Start(now)):
		return from.Every.Next(now) // it brought what this period holds
	}
	return now
}

// silentAfter is for how many whole periods a source may bring nothing before it counts as silent.
const silentAfter = 3

// Silent tells whether the source, which should bring something each period, brought nothing for three of them, and since
// when.
func (s Source) Silent(every collectors.Cadence, now time.Time) (since time.Time, silent bool) {
	since = s.Alive
	if since.IsZero() {
		since = s.Since
	}
	if every.IsZero() || since.IsZero() {
		return since, false
	}
	return since, !now.Before(every.Add(every.Start(since), silentAfter+1))
}

func (s *Source) meanBytes() int64 {
	if s.Files == 0 {
		return 0
	}
	return s.Bytes / int64(s.Files)
}
