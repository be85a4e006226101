package history

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/datasets"
)

// Compare finds what changed from one state of the index to a later one. An event lies between the snapshot that told
// the value before and the later state. What either does not tell makes no event.
func Compare(before, now *State) []datasets.RFCEvent {
	events := append(documentEvents(before, now), relationEvents(before, now)...)
	for i := range events {
		e := &events[i]
		e.Until, e.Document = now.Day, "RFC"+strconv.Itoa(int(e.Number))
		if e.After.IsZero() {
			e.After = before.Day
		}
		if d := now.Documents[e.Number]; d != nil {
			e.Title = d.Title
		} else {
			e.Title = before.Documents[e.Number].Title
		}
		e.Concerns = []uint32{e.Number}
		for _, target := range []string{e.Before, e.Now} {
			if n, is := strings.CutPrefix(target, "RFC"); is && e.Relation != "" {
				if n, err := strconv.ParseUint(n, 10, 32); err == nil && uint32(n) != e.Number {
					e.Concerns = append(e.Concerns, uint32(n))
				}
			}
		}
	}
	Sort(events)
	return events
}

// Sort puts events of one interval in order.
func Sort(events []datasets.RFCEvent) {
	slices.SortFunc(events, func(a, b datasets.RFCEvent) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Document, b.Document), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Relation, b.Relation),
			cmp.Compare(a.Before, b.Before), cmp.Compare(a.Now, b.Now))
	})
}

func documentEvents(before, now *State) (events []datasets.RFCEvent) {
	for n, r := range now.Documents {
		old := before.Documents[n]
		switch {
		case r.NotIssued && (old == nil || !old.NotIssued):
			events = append(events, datasets.RFCEvent{Number: n, Kind: "not-issued"})
			continue
		case r.NotIssued:
			continue
		case old == nil || old.NotIssued:
			e := datasets.RFCEvent{Number: n, Kind: "published", Now: r.Status}
			if r.Year > 0 && r.Month > 0 {
				day := time.Date(int(r.Year), time.Month(r.Month), int(max(r.Day, 1)), 0, 0, 0, 0, time.UTC)
				e.Date = &day
			}
			events = append(events, e)
			continue
		}
		for i, f := range Fields {
			was, is := *f.Of(&old.RFC), *f.Of(&r.RFC)
			// Titles changed their spacing and case as the index was typed anew.
			if was != "" && is != "" && r.Told[i].After(old.Told[i]) && !sameText(was, is) {
				events = append(events, datasets.RFCEvent{Number: n, Kind: f.Name, Before: was, Now: is, After: old.Told[i]})
			}
		}
	}
	for n, old := range before.Documents {
		if now.Documents[n] == nil && !old.NotIssued {
			events = append(events, datasets.RFCEvent{Number: n, Kind: "removed", Before: old.Status})
		}
	}
	return events
}

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

// relationEvents leaves out what a publication already says: the relations that a new document states itself. That it
// was obsoleted or updated before the snapshot came is stated of it, and an event.
func relationEvents(before, now *State) (events []datasets.RFCEvent) {
	for s := range now.Relations {
		own := s.Relation != "obsoleted-by" && s.Relation != "updated-by"
		told, known := before.Told[s.Relation]
		if !known || !now.Told[s.Relation].After(told) || own && !before.issued[told][s.Number] {
			continue
		}
		if _, ok := before.Relations[s]; !ok {
			events = append(events, datasets.RFCEvent{Number: s.Number, Kind: "relation-added", Relation: s.Relation, Now: s.Target, After: told})
		}
	}
	for s := range before.Relations {
		told, tells := now.Told[s.Relation]
		if now.Documents[s.Number] == nil || !tells || !told.After(before.Told[s.Relation]) {
			continue
		}
		if _, ok := now.Relations[s]; !ok {
			events = append(events, datasets.RFCEvent{Number: s.Number, Kind: "relation-withdrawn", Relation: s.Relation, Before: s.Target, After: before.Told[s.Relation]})
		}
	}
	return events
}

// Disagreements are the documents of which two snapshots of one day do not say the same. Before and now of the event
// name the two.
func Disagreements(a, b *State, formA, formB string) (events []datasets.RFCEvent) {
	add := func(n uint32, what, saysA, saysB string) {
		events = append(events, datasets.RFCEvent{Document: "RFC" + strconv.Itoa(int(n)), Number: n, Kind: "sources-disagree", Relation: what,
			Before: formA + ": " + saysA, Now: formB + ": " + saysB, After: a.Day, Until: a.Day, Title: a.Documents[n].Title, Concerns: []uint32{n}})
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
	for s := range a.Relations {
		if _, told := b.Told[s.Relation]; told && b.Documents[s.Number] != nil {
			if _, ok := b.Relations[s]; !ok {
				add(s.Number, s.Relation, s.Target, "nothing")
			}
		}
	}
	for s := range b.Relations {
		if _, told := a.Told[s.Relation]; told && a.Documents[s.Number] != nil {
			if _, ok := a.Relations[s]; !ok {
				add(s.Number, s.Relation, "nothing", s.Target)
			}
		}
	}
	Sort(events)
	return events
}
