package history

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/rfcwatch/event"
)

// Compare returns what changed from one state of the index to a later one. An event happened between the snapshot that said
// the old value and the later state. A value that either state does not have makes no event.
func Compare(before, now *State) []datasets.RFCEvent {
	events := append(documentEvents(before, now), relationEvents(before, now)...)
	for i := range events {
		e := &events[i]
		e.Until, e.Document = now.Day, documentName(e.Number)
		if e.After.IsZero() {
			e.After = before.Day
		}
		if d := now.Documents[e.Number]; d != nil {
			e.Title = d.Title
		} else {
			e.Title = before.Documents[e.Number].Title
		}
		e.Concerns = concerned(e)
	}
	Sort(events)
	return events
}

func documentName(number uint32) string { return "RFC" + strconv.Itoa(int(number)) }

// concerned returns the event's document and, if the event is one of a relation, the RFC that the relation leads to.
func concerned(e *datasets.RFCEvent) []uint32 {
	all := []uint32{e.Number}
	if e.Relation == "" {
		return all
	}
	for _, target := range []string{e.Before, e.Now} {
		digits, ok := strings.CutPrefix(target, "RFC")
		if !ok {
			continue
		}
		if n, err := strconv.ParseUint(digits, 10, 32); err == nil && uint32(n) != e.Number {
			all = append(all, uint32(n))
		}
	}
	return all
}

// Sort orders events by document, kind and values.
func Sort(events []datasets.RFCEvent) {
	slices.SortFunc(events, func(a, b datasets.RFCEvent) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Document, b.Document), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Relation, b.Relation),
			cmp.Compare(a.Before, b.Before), cmp.Compare(a.Now, b.Now))
	})
}

func documentEvents(before, now *State) (events []datasets.RFCEvent) {
	for n, d := range now.Documents {
		old := before.Documents[n]
		issued := old != nil && !old.NotIssued
		switch {
		case d.NotIssued && old != nil && old.NotIssued:
		case d.NotIssued:
			events = append(events, datasets.RFCEvent{Number: n, Kind: string(event.NotIssued)})
		case issued:
			events = append(events, fieldEvents(n, old, d)...)
		default:
			events = append(events, datasets.RFCEvent{Number: n, Kind: string(event.Published), Now: d.Status, Date: publicationDay(d)})
		}
	}
	for n, old := range before.Documents {
		if now.Documents[n] == nil && !old.NotIssued {
			events = append(events, datasets.RFCEvent{Number: n, Kind: string(event.Removed), Before: old.Status})
		}
	}
	return events
}

// publicationDay returns the day of publication, the first of the month if only the month is known, or nil if not even that
// is.
func publicationDay(d *Document) *time.Time {
	if d.Year == 0 || d.Month == 0 {
		return nil
	}
	day := time.Date(int(d.Year), time.Month(d.Month), int(max(d.RFC.Day, 1)), 0, 0, 0, 0, time.UTC)
	return &day
}

func fieldEvents(number uint32, old, now *Document) (events []datasets.RFCEvent) {
	for i, f := range Fields {
		was, is := *f.Of(&old.RFC), *f.Of(&now.RFC)
		if was != "" && is != "" && now.Told[i].After(old.Told[i]) && !sameText(was, is) {
			events = append(events, datasets.RFCEvent{Number: number, Kind: f.Name, Before: was, Now: is, After: old.Told[i]})
		}
	}
	return events
}

// sameText reports whether two texts differ only in case, spacing and punctuation, which changed when the index was typed
// anew.
func sameText(a, b string) bool {
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(" .,-–\"'`’", r) {
				return -1
			}
			return r
		}, strings.ToLower(s))
	}
	return letters(a) == letters(b)
}

// relationEvents returns the relations that were added or withdrawn. The relations that a new document states itself belong
// to its publication and make no event; that others obsoleted or updated it before its first snapshot does.
func relationEvents(before, now *State) (events []datasets.RFCEvent) {
	for s := range now.Relations {
		own := s.Relation != "obsoleted-by" && s.Relation != "updated-by"
		told, known := before.Told[s.Relation]
		if !known || !now.Told[s.Relation].After(told) || own && !before.issued[told][s.Number] {
			continue
		}
		if _, ok := before.Relations[s]; !ok {
			events = append(events, datasets.RFCEvent{Number: s.Number, Kind: string(event.RelationAdded), Relation: s.Relation, Now: s.Target, After: told})
		}
	}
	for s := range before.Relations {
		told, tells := now.Told[s.Relation]
		if now.Documents[s.Number] == nil || !tells || !told.After(before.Told[s.Relation]) {
			continue
		}
		if _, ok := now.Relations[s]; !ok {
			events = append(events, datasets.RFCEvent{Number: s.Number, Kind: string(event.RelationWithdrawn), Relation: s.Relation, Before: s.Target,
				After: before.Told[s.Relation]})
		}
	}
	return events
}

// Disagreements returns an event for each contradiction between two snapshots of one day. Before and Now of an event hold
// what each snapshot says, after the name of its form.
func Disagreements(a, b *State, formA, formB string) (events []datasets.RFCEvent) {
	add := func(number uint32, what, saysA, saysB string) {
		events = append(events, datasets.RFCEvent{Document: documentName(number), Number: number, Kind: string(event.SourcesDisagree), Relation: what,
			Before: formA + ": " + saysA, Now: formB + ": " + saysB, After: a.Day, Until: a.Day, Title: a.Documents[number].Title, Concerns: []uint32{number}})
	}
	for n, x := range a.Documents {
		y := b.Documents[n]
		if y == nil {
			continue
		}
		for _, f := range Fields {
			if u, v := *f.Of(&x.RFC), *f.Of(&y.RFC); u != "" && v != "" && !sameText(u, v) {
				add(n, f.Name, u, v)
			}
		}
	}
	for _, s := range a.unstatedBy(b) {
		add(s.Number, s.Relation, s.Target, "nothing")
	}
	for _, s := range b.unstatedBy(a) {
		add(s.Number, s.Relation, "nothing", s.Target)
	}
	Sort(events)
	return events
}

// unstatedBy returns the relations that s states and the other does not, though it has the document and that kind of
// relation.
func (s *State) unstatedBy(other *State) (only []Statement) {
	for statement := range s.Relations {
		_, told := other.Told[statement.Relation]
		_, stated := other.Relations[statement]
		if told && !stated && other.Documents[statement.Number] != nil {
			only = append(only, statement)
		}
	}
	return only
}
