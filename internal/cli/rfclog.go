package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/event"
	"tidemark/rfcwatch/history"
)

type rfcLogVerb struct {
	Number []rfcNumber `arg:"" optional:"" help:"RFC numbers (default: the watched ones)."`
	All    bool        `help:"List every RFC."`
	Since  string      `placeholder:"DAY" help:"Only what happened on that day or later."`
	JSON   bool        `help:"As JSON."`
	limited
}

// rfcEvent is an event as it is shown.
type rfcEvent struct {
	Date     string   `json:"date,omitempty"` // where the document carries it
	After    string   `json:"after"`
	Until    string   `json:"until"`
	Document string   `json:"document"`
	Kind     string   `json:"kind"`
	Relation string   `json:"relation,omitempty"`
	Before   string   `json:"before,omitempty"`
	Now      string   `json:"now,omitempty"`
	Title    string   `json:"title"`
	Concerns []uint32 `json:"concerns"`
}

func shownEvents(events []datasets.RFCEvent) []rfcEvent {
	shown := make([]rfcEvent, 0, len(events))
	for _, e := range events {
		s := rfcEvent{After: e.After.Format(time.DateOnly), Until: e.Until.Format(time.DateOnly), Document: e.Document, Kind: e.Kind,
			Relation: e.Relation, Before: e.Before, Now: e.Now, Title: e.Title, Concerns: e.Concerns}
		if e.Date != nil {
			s.Date = e.Date.Format(time.DateOnly)
		}
		shown = append(shown, s)
	}
	return shown
}

func (e rfcEvent) write(w io.Writer) {
	when := e.Date
	if kind := event.Kind(e.Kind); kind == event.Published || kind == event.RegistrationAdded {
		when = strings.TrimSuffix(when, "-01") // the first is written where only the month is known
	}
	if when == "" {
		when = e.After + ".." + e.Until
	}
	change := e.Now
	if e.Before != "" {
		change = e.Before + " → " + e.Now
	}
	kind := e.Kind
	if e.Relation != "" {
		kind += " " + e.Relation
	}
	printf(w, "%s\t%s\t%s\t%s\t%s\t\n", when, e.Document, kind, change, e.Title)
}

// writeRFCEvents writes a table of events.
func writeRFCEvents(w io.Writer, events []rfcEvent) {
	if len(events) > 0 {
		printf(w, "when\tdocument\tevent\tchange\ttitle\t\n")
	}
	for _, e := range events {
		e.write(w)
	}
}

// Run lists the events.
func (v *rfcLogVerb) Run(env *environment) error {
	since, err := flagDay("--since", v.Since)
	if err != nil {
		return err
	}
	var numbers []uint32
	for _, n := range v.Number {
		numbers = append(numbers, uint32(n))
	}
	if len(numbers) == 0 && !v.All {
		for _, n := range env.Watch.RFCs {
			numbers = append(numbers, uint32(n))
		}
	}
	events, err := history.Events(env.Store(), numbers, since)
	if err != nil {
		return err
	}
	covered, err := indexDays(env.Store())
	if err != nil {
		return err
	}
	if len(events) == 0 {
		printf(env.err, "nothing is on record%s; events come with tidemark analyse, from two snapshots of the index on\n", covered)
	}
	total := len(events)
	events = events[total-v.rows(env.terminal && !v.JSON, total):]
	shown := shownEvents(events)
	return env.show(v.JSON, shown, func(w io.Writer) {
		if total > 0 {
			printf(w, "%s%s\n", howMany("newest", len(shown), total, "event", "events"), covered)
		}
		block(w, func(w io.Writer) { writeRFCEvents(w, shown) })
	})
}

// indexDays says which days the snapshots of the index cover, or nothing if there is none.
func indexDays(store *table.Store) (string, error) {
	chain, _, err := history.ReadChain(store)
	if err != nil || len(chain) == 0 {
		return "", err
	}
	return fmt.Sprintf(", by %s of the index from %s to %s", count(int64(len(chain)), "snapshot", "snapshots"),
		chain[0].Day().Format(time.DateOnly), chain[len(chain)-1].Day().Format(time.DateOnly)), nil
}
