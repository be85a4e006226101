package history

import (
	"cmp"
	"fmt"
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
	events = joinReorganisations(events)
	for i := range events {
		e := &events[i]
		e.Until = now.Day
		if e.After.IsZero() {
			e.After = before.Day
		}
		if event.Kind(e.Kind) == event.AreaReorganised {
			continue
		}
		e.Document = documentName(e.Number)
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
		if was == "" || is == "" || !now.Told[i].After(old.Told[i]) || sameValue(f.Name, &old.RFC, &now.RFC, was, is) {
			continue
		}
		e := datasets.RFCEvent{Number: number, Kind: f.Name, Before: was, Now: is, After: old.Told[i]}
		if f.Name == string(event.Status) && !(slices.Contains(Levels, was) && slices.Contains(Levels, is)) {
			e.After = old.StatusHeld // "standards track" confirms a level against anything but another level
		}
		events = append(events, e)
	}
	return events
}

// sameValue reports whether two values of a field of Fields, of entries a and b, say the same.
func sameValue(field string, a, b *datasets.RFC, was, is string) bool {
	switch event.Kind(field) {
	case event.Status:
		return SameStatus(was, is)
	case event.Title:
		// The text form does not mark where a title ends and a list of organisations begins.
		return sameText(was, is) || a.Source != b.Source && (strings.HasPrefix(was, is+". ") || strings.HasPrefix(is, was+". "))
	}
	return sameText(was, is)
}

// minReorganisation is how many documents have to move from one area to another between two snapshots for that to be a
// reorganisation of the areas, which says nothing about the documents.
const minReorganisation = 10

// joinReorganisations replaces the events of documents that moved together from one area to another by one event.
func joinReorganisations(events []datasets.RFCEvent) []datasets.RFCEvent {
	type move struct{ from, to string }
	moved := map[move][]datasets.RFCEvent{}
	for _, e := range events {
		if event.Kind(e.Kind) == event.Area {
			moved[move{e.Before, e.Now}] = append(moved[move{e.Before, e.Now}], e)
		}
	}
	together := func(e datasets.RFCEvent) bool {
		return event.Kind(e.Kind) == event.Area && len(moved[move{e.Before, e.Now}]) >= minReorganisation
	}
	events = slices.DeleteFunc(events, together)
	for m, documents := range moved {
		if len(documents) < minReorganisation {
			continue
		}
		one := datasets.RFCEvent{Document: "area " + m.from, Kind: string(event.AreaReorganised), Before: m.from, Now: m.to,
			After: documents[0].After, Title: fmt.Sprintf("%d RFCs", len(documents))}
		for _, e := range documents {
			one.Concerns = append(one.Concerns, e.Number)
			if e.After.Before(one.After) {
				one.After = e.After
			}
		}
		slices.Sort(one.Concerns)
		events = append(events, one)
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

// relationEvents returns the relations that were added or withdrawn. A relation between two RFCs is one event, that of the
// document which is obsoleted or updated, whether the index states it there, in the entry of the other document, or in both.
// Other relations that a new document states itself belong to its publication and make no event.
func relationEvents(before, now *State) (events []datasets.RFCEvent) {
	known := func(number uint32) bool { return before.Documents[number] != nil || now.Documents[number] != nil }
	added, withdrawn := map[Statement]time.Time{}, map[Statement]time.Time{} // with the last day on which it was otherwise
	for k, r := range now.Relations {
		if r.TargetNumber == 0 && !before.others[k.Relation] {
			continue // a form that names RFCs only did not deny relations to other series
		}
		c := fromChanged(r, known)
		told, tells := before.Told[k.Relation]
		if d := before.Documents[c.Number]; c.Relation == "obsoleted-by" && d != nil && d.Standing == "current" {
			told, tells = latest(told, d.StandingTold), true
		}
		if !tells || !now.Told[k.Relation].After(told) || before.states(r) {
			continue
		}
		if _, own := passives[c.Relation]; (own || c.isAlias()) && !before.issued[told][k.Number] {
			continue
		}
		added[c] = latest(added[c], told)
	}
	for k, r := range before.Relations {
		told, tells := now.Told[k.Relation]
		if now.Documents[k.Number] == nil || !tells || !told.After(before.Told[k.Relation]) || now.states(r) {
			continue
		}
		if r.TargetNumber == 0 && !now.others[k.Relation] {
			continue // nor does it withdraw them
		}
		c := fromChanged(r, known)
		withdrawn[c] = latest(withdrawn[c], before.Told[k.Relation])
	}
	for c, after := range added {
		events = append(events, datasets.RFCEvent{Number: c.Number, Kind: string(event.RelationAdded), Relation: c.Relation, Now: c.Target, After: after})
	}
	for c, after := range withdrawn {
		events = append(events, datasets.RFCEvent{Number: c.Number, Kind: string(event.RelationWithdrawn), Relation: c.Relation, Before: c.Target, After: after})
	}
	return events
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
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
			if u, v := *f.Of(&x.RFC), *f.Of(&y.RFC); u != "" && v != "" && !sameValue(f.Name, &x.RFC, &y.RFC, u, v) {
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
