package schedule

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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
	Asked    time.Time        `json:"asked"`              // when it was last asked
	Since    time.Time        `json:"since"`              // since when runs know it
	Alive    time.Time        `json:"alive,omitzero"`     // when it last delivered a file, or answered that it has nothing newer
	Before   time.Time        `json:"before,omitzero"`    // Alive before the last run that asked
	Have     time.Time        `json:"have,omitzero"`      // newest time covered by the fetched files
	Failures int              `json:"failures,omitempty"` // runs in a row in which something failed
	Error    string           `json:"error,omitempty"`    // the last failure; empty if the last run had none
	Fault    bool             `json:"fault,omitempty"`    // that was a fault of the program
	Left     int              `json:"left,omitempty"`     // files that a budget left to the next run
	Bytes    int64            `json:"bytes"`              // fetched by all runs
	Files    int              `json:"files"`
	Seconds  float64          `json:"seconds"`         // that fetching them took
	Items    map[string]*Item `json:"items,omitempty"` // that failed, by URL
}

// Item is an item that could not be fetched.
type Item struct {
	Tries int       `json:"tries"`
	Last  time.Time `json:"last"`
	Error string    `json:"error"`

	Refused bool `json:"refused,omitempty"` // it came, and nothing of it could be used
}

// Refuse records that nothing of what a source brought from a URL could be used: it is asked for again, ever more seldom.
func (s *State) Refuse(source, url string, now time.Time, why string) {
	known := s.source(source)
	s.Sources[source] = known
	known.fail(url, now, why).Refused = true
	known.Failures, known.Error = max(known.Failures, 1), why
	if known.Alive.Equal(known.Asked) { // by that file, for all that is known
		known.Alive = known.Before
	}
}

// fail records a further attempt at an item that failed, and returns the item.
func (s *Source) fail(url string, now time.Time, why string) *Item {
	if s.Items == nil {
		s.Items = map[string]*Item{}
	}
	item := s.Items[url]
	if item == nil {
		item = &Item{}
		s.Items[url] = item
	}
	item.Tries++
	item.Last, item.Error = now, why
	return item
}

// Accept records that what came from a URL could be used, and reports whether it could not before.
func (s *State) Accept(source, url string) bool {
	known := s.source(source)
	if known.Items[url] == nil || !known.Items[url].Refused {
		return false
	}
	delete(known.Items, url)
	return true
}

// Load reads the state, which is empty if the file does not exist. If it cannot be read, Load returns an empty state and an
// error; asking the sources again restores everything in it.
func Load(path string) (*State, error) {
	s := &State{Sources: map[string]*Source{}}
	b, err := atomicfile.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err == nil {
		err = json.Unmarshal(b, s)
	}
	if err != nil || s.Sources == nil {
		return &State{Sources: map[string]*Source{}}, fmt.Errorf("%s: %w; the state of the sources is lost, and they are asked again", path, err)
	}
	return s, nil
}

// Save replaces the file as a whole.
func (s *State) Save(path string) error {
	b, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	return atomicfile.Write(path, append(b, '\n'))
}

// Of returns what is known of a source; a zero Source if it was never asked.
func (s *State) Of(name string) Source { return *s.source(name) }

func (s *State) source(name string) *Source {
	if known := s.Sources[name]; known != nil {
		return known
	}
	return &Source{}
}

// Meet records since when runs know the sources of a plan, whether they come to ask them or not, and reports whether any is new.
func (s *State) Meet(tasks []Task, now time.Time) (met bool) {
	for _, t := range tasks {
		known := s.source(t.Source.Name)
		if known.Since.IsZero() {
			known.Since, met = now, true
		}
		s.Sources[t.Source.Name] = known
	}
	return met
}

const (
	firstWait     = 10 * time.Minute
	maxSourceWait = 24 * time.Hour     // for a source that does not answer
	maxItemWait   = 7 * 24 * time.Hour // for a file that cannot be fetched
)

// wait returns how long to wait after so many failures: firstWait after the first, twice as long after each further one.
func wait(failures int, maxWait time.Duration) time.Duration {
	w := firstWait
	for ; failures > 1 && w < maxWait; failures-- {
		w *= 2
	}
	return min(w, maxWait)
}

func (i *Item) again() time.Time { return i.Last.Add(wait(i.Tries, maxItemWait)) }

// again returns when the source should be asked again.
func (s *Source) again(from collectors.Source, now time.Time) time.Time {
	switch {
	case s.Asked.IsZero() || s.Left > 0:
		return now
	case s.Failures > 0:
		return s.Asked.Add(wait(s.Failures, maxSourceWait))
	case s.refused():
		return now
	case !from.Every.IsZero() && !s.Have.Before(from.Every.Start(now)):
		return from.Every.Next(now) // it has delivered this period
	}
	return now
}

// refused reports whether a file is to be asked for again although the source brought it.
func (s *Source) refused() bool {
	for _, item := range s.Items {
		if item.Refused {
			return true
		}
	}
	return false
}

// silentAfter is the number of whole periods without a delivery after which a source counts as silent.
const silentAfter = 3

// Silent reports whether the source delivered nothing for three whole periods, and since when; one that was never asked delivered
// nothing since runs know it.
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
