// Package digest sums up, week by week and in sentences, what changed around the documents that somebody watches.
package digest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/rfcwatch/event"
	"tidemark/rfcwatch/history"
)

// Watch is what somebody watches: RFCs, drafts under each of their names, and all drafts of working groups.
type Watch struct {
	rfcs           map[uint32]bool
	drafts, groups map[string]bool
}

// NewWatch returns a watch of RFCs, of drafts with those that replaced them or that they replaced and the RFCs that they became, and of
// working groups.
func NewWatch(rfcs []int, drafts, groups []string, lineage history.Lineage) Watch {
	w := Watch{map[uint32]bool{}, map[string]bool{}, map[string]bool{}}
	for _, n := range rfcs {
		w.rfcs[uint32(n)] = true
	}
	for _, draft := range drafts {
		line := lineage.Line(draft)
		for _, name := range line.Names {
			w.drafts[name] = true
		}
		for _, n := range line.RFCs {
			w.rfcs[n] = true
		}
	}
	for _, group := range groups {
		w.groups[group] = true
	}
	return w
}

// Events returns those that concern a watched RFC or happened to a watched draft. Other drafts of the store cite a watched document without
// changing it.
func (w Watch) Events(events []datasets.RFCEvent) (found []datasets.RFCEvent) {
	for _, e := range events {
		if w.concerned(&e) > 0 || event.Kind(e.Kind).IsDraft() && (w.drafts[e.Document] || w.groups[history.WorkingGroup(e.Document)]) {
			found = append(found, e)
		}
	}
	return found
}

// concerned returns the watched RFC that an event is listed under: the document itself, or else the lowest of those that it concerns; 0: none.
func (w Watch) concerned(e *datasets.RFCEvent) (number uint32) {
	if w.rfcs[e.Number] {
		return e.Number
	}
	for _, n := range e.Concerns {
		if w.rfcs[n] && (number == 0 || n < number) {
			number = n
		}
	}
	return number
}

// Week is a week in which something was seen to happen.
type Week struct {
	Monday time.Time
	About  []About // RFCs by number, then drafts by name
}

// About is what happened around a watched document.
type About struct {
	Document string // for example RFC6052
	Number   int    // of the RFC; 0: it is a draft
	Events   []datasets.RFCEvent
}

// Name returns the week as ISO 8601 writes it, for example 2026-W48.
func (w Week) Name() string {
	year, week := w.Monday.ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// Sunday returns its last day.
func (w Week) Sunday() time.Time { return w.Monday.AddDate(0, 0, 6) }

// Over reports whether what was collected on a day is no earlier than its end.
func (w Week) Over(day time.Time) bool { return !day.Before(w.Sunday()) }

// Newest returns the day of the newest event.
func (w Week) Newest() (day time.Time) {
	for _, a := range w.About {
		for _, e := range a.Events {
			if e.Until.After(day) {
				day = e.Until
			}
		}
	}
	return day
}

// Count returns how many events it has.
func (w Week) Count() (n int) {
	for _, a := range w.About {
		n += len(a.Events)
	}
	return n
}

// Title describes the week in a line.
func (w Week) Title() string {
	year, week := w.Monday.ISOWeek()
	var names []string
	for _, a := range w.About {
		names = append(names, event.Spaced(a.Document))
	}
	const shown = 3
	switch n := len(names); {
	case n > shown+1:
		names = append(names[:shown], fmt.Sprintf("%d other documents", n-shown))
		fallthrough
	case n > 1:
		last := len(names) - 1
		names = append(names[:last-1], names[last-1]+" and "+names[last])
	}
	changes := "changes"
	if w.Count() == 1 {
		changes = "change"
	}
	return fmt.Sprintf("Week %d of %d: %d %s around %s", week, year, w.Count(), changes, strings.Join(names, ", "))
}

// maxSentences bounds what is said of a document: the first comparison of two indexes that are years apart has hundreds of events.
const maxSentences = 25

// Sentences describes the events, and says how many are left out.
func (a About) Sentences() (all []string) {
	for _, e := range a.Events[:min(len(a.Events), maxSentences)] {
		all = append(all, event.Sentence(&e))
	}
	if more := len(a.Events) - len(all); more > 0 {
		all = append(all, fmt.Sprintf("%d more events of that week are in the log of %s.", more, event.Spaced(a.Document)))
	}
	return all
}

// Sentences describes the events of the week.
func (w Week) Sentences() (all []string) {
	for _, a := range w.About {
		all = append(all, a.Sentences()...)
	}
	return all
}

// Weeks returns the watched events by the week in which they were seen, newest first. A week in which nothing was seen is left out: where no
// snapshot was collected that does not mean that nothing happened. That sources disagree is said once.
func (w Watch) Weeks(events []datasets.RFCEvent) (weeks []Week) {
	byWeek := map[time.Time]map[string]*About{}
	sorted := w.Events(events)
	slices.SortStableFunc(sorted, func(a, b datasets.RFCEvent) int { return a.Until.Compare(b.Until) })
	said := map[string]bool{}
	for _, e := range sorted {
		if event.Kind(e.Kind) == event.SourcesDisagree {
			what := strings.Join([]string{e.Document, e.Relation, e.Before, e.Now}, "\x00")
			if said[what] {
				continue
			}
			said[what] = true
		}
		monday := mondayOf(e.Until)
		if byWeek[monday] == nil {
			byWeek[monday] = map[string]*About{}
		}
		about := About{Document: e.Document}
		if n := w.concerned(&e); n > 0 {
			about = About{Document: fmt.Sprint("RFC", n), Number: int(n)}
		}
		if byWeek[monday][about.Document] == nil {
			byWeek[monday][about.Document] = &about
		}
		into := byWeek[monday][about.Document]
		into.Events = append(into.Events, e)
	}
	for monday, abouts := range byWeek {
		week := Week{Monday: monday}
		for _, a := range abouts {
			slices.SortStableFunc(a.Events, func(x, y datasets.RFCEvent) int {
				return cmp.Or(history.When(&x).Compare(history.When(&y)), cmp.Compare(event.Sentence(&x), event.Sentence(&y)))
			})
			week.About = append(week.About, *a)
		}
		slices.SortFunc(week.About, func(x, y About) int {
			if (x.Number == 0) != (y.Number == 0) {
				return cmp.Compare(y.Number, x.Number)
			}
			return cmp.Or(cmp.Compare(x.Number, y.Number), cmp.Compare(x.Document, y.Document))
		})
		weeks = append(weeks, week)
	}
	slices.SortFunc(weeks, func(a, b Week) int { return b.Monday.Compare(a.Monday) })
	return weeks
}

// mondayOf returns the first day of the week.
func mondayOf(day time.Time) time.Time {
	day = day.UTC().Truncate(24 * time.Hour)
	return day.AddDate(0, 0, -(int(day.Weekday())+6)%7)
}
