package derive

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// RFCEvents makes rfc_events: what changed between each snapshot of the index and the next. A snapshot that lost more
// than one document in two hundred against the one before is quarantined: it takes no part, for a bad fetch must not
// delete documents. Fields that one of the two forms cannot tell make no event.
var RFCEvents = Derivation{Of: datasets.RFCEvents.Schema, Plan: planRFCEvents}

// snapshot is the index of a day: its entries and its relations.
type snapshot struct {
	rfcs, relations *table.Manifest
}

func planRFCEvents(store *table.Store) ([]Job, error) {
	chain, err := snapshots(store)
	if err != nil {
		return nil, err
	}
	var jobs []Job
	for i := 1; i < len(chain); i++ {
		before, now := chain[i-1], chain[i]
		jobs = append(jobs, Job{
			Key:    table.Key{Day: now.rfcs.Day(), Name: before.rfcs.Day().Format(time.DateOnly) + ".." + now.rfcs.Day().Format(time.DateOnly)},
			Inputs: []table.Input{before.rfcs.AsInput(), before.relations.AsInput(), now.rfcs.AsInput(), now.relations.AsInput()},
			Run: func(ctx context.Context, into *table.Commit) error {
				return rfcEvents(store, before, now, into)
			},
		})
	}
	return jobs, nil
}

// snapshots are the snapshots that are compared, one a day, oldest first.
func snapshots(store *table.Store) ([]snapshot, error) {
	entries, err := store.Manifests(datasets.RFCs.Schema)
	if err != nil {
		return nil, err
	}
	relations, err := store.Manifests(datasets.RFCRelations.Schema)
	if err != nil {
		return nil, err
	}
	bySource := map[string]*table.Manifest{}
	for _, m := range relations {
		bySource[m.Day().String()+m.Name()] = m
	}
	var chain []snapshot
	for _, m := range entries {
		s := snapshot{m, bySource[m.Day().String()+m.Name()]}
		if s.relations == nil {
			continue
		}
		if last := len(chain) - 1; last >= 0 {
			switch before := chain[last].rfcs; {
			case before.Day().Equal(m.Day()):
				if richer(before, m) {
					continue
				}
				chain = chain[:last]
			case 200*m.Rows < 199*before.Rows:
				slog.Warn("snapshot of the RFC index quarantined: it lost too many documents", "snapshot", m.Inputs[0].Name,
					"documents", m.Rows, "before", before.Rows)
				continue
			}
		}
		chain = append(chain, s)
	}
	return chain, nil
}

// richer tells which of two snapshots of a day is kept: the XML form, else the larger, else the first by name.
func richer(a, b *table.Manifest) bool {
	xml := func(m *table.Manifest) int {
		if strings.Contains(m.Name(), ".xml") {
			return 1
		}
		return 0
	}
	return cmp.Or(cmp.Compare(xml(a), xml(b)), cmp.Compare(a.Rows, b.Rows)) >= 0
}

type statement struct {
	number           uint32
	relation, target string
}

func readSnapshot(store *table.Store, s snapshot) (map[uint32]datasets.RFC, map[statement]datasets.RFCRelation, error) {
	rfcs := map[uint32]datasets.RFC{}
	for r, err := range datasets.RFCs.Scan(store.Path(s.rfcs)) {
		if err != nil {
			return nil, nil, err
		}
		rfcs[r.Number] = r
	}
	stated := map[statement]datasets.RFCRelation{}
	for r, err := range datasets.RFCRelations.Scan(store.Path(s.relations)) {
		if err != nil {
			return nil, nil, err
		}
		stated[statement{r.Number, r.Relation, r.Target}] = r
	}
	return rfcs, stated, nil
}

func rfcEvents(store *table.Store, from, to snapshot, into *table.Commit) error {
	before, statedBefore, err := readSnapshot(store, from)
	if err != nil {
		return err
	}
	now, statedNow, err := readSnapshot(store, to)
	if err != nil {
		return err
	}
	out, err := datasets.RFCEvents.Create(into, table.Key{Day: to.rfcs.Day(), Name: from.rfcs.Day().Format(time.DateOnly) + ".." + to.rfcs.Day().Format(time.DateOnly)})
	if err != nil {
		return err
	}
	out.Unit = "RFC of either snapshot"
	events := documentEvents(before, now)
	events = append(events, relationEvents(before, now, statedBefore, statedNow)...)
	for i := range events {
		events[i].After, events[i].Until = from.rfcs.Day(), to.rfcs.Day()
		if r, ok := now[events[i].Number]; ok {
			events[i].Title = r.Title
		} else {
			events[i].Title = before[events[i].Number].Title
		}
	}
	slices.SortFunc(events, func(a, b datasets.RFCEvent) int {
		return cmp.Or(cmp.Compare(a.Number, b.Number), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Relation, b.Relation), cmp.Compare(a.Before, b.Before), cmp.Compare(a.Now, b.Now))
	})
	either := len(now)
	for n := range before {
		if _, ok := now[n]; !ok {
			either++
		}
	}
	out.See(either)
	out.Keep(either)
	return out.Append(events...)
}

func documentEvents(before, now map[uint32]datasets.RFC) (events []datasets.RFCEvent) {
	for n, r := range now {
		old, known := before[n]
		switch {
		case r.NotIssued && (!known || !old.NotIssued):
			events = append(events, datasets.RFCEvent{Number: n, Kind: "not-issued"})
			continue
		case r.NotIssued:
			continue
		case !known || old.NotIssued:
			e := datasets.RFCEvent{Number: n, Kind: "published", Now: r.Status}
			if r.Year > 0 && r.Month > 0 {
				day := time.Date(int(r.Year), time.Month(r.Month), 1, 0, 0, 0, 0, time.UTC)
				e.Date = &day
			}
			events = append(events, e)
			continue
		}
		for _, f := range []struct{ kind, before, now string }{
			{"status", old.Status, r.Status}, {"title", old.Title, r.Title}, {"stream", old.Stream, r.Stream},
		} {
			// What a form leaves empty it does not tell. Titles changed their spacing and case as the index was typed anew.
			if f.before != "" && f.now != "" && !sameText(f.before, f.now) {
				events = append(events, datasets.RFCEvent{Number: n, Kind: f.kind, Before: f.before, Now: f.now})
			}
		}
	}
	for n, old := range before {
		if _, ok := now[n]; !ok && !old.NotIssued {
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
func relationEvents(before, now map[uint32]datasets.RFC, statedBefore, statedNow map[statement]datasets.RFCRelation) (events []datasets.RFCEvent) {
	told := relationsTold(statedBefore)
	tells := relationsTold(statedNow)
	for s := range statedNow {
		old, known := before[s.number]
		own := s.relation != "obsoleted-by" && s.relation != "updated-by"
		if !told[s.relation] || own && (!known || old.NotIssued) {
			continue
		}
		if _, ok := statedBefore[s]; !ok {
			events = append(events, datasets.RFCEvent{Number: s.number, Kind: "relation-added", Relation: s.relation, Now: s.target})
		}
	}
	for s := range statedBefore {
		if _, still := now[s.number]; !still || !tells[s.relation] {
			continue
		}
		if _, ok := statedNow[s]; !ok {
			events = append(events, datasets.RFCEvent{Number: s.number, Kind: "relation-withdrawn", Relation: s.relation, Before: s.target})
		}
	}
	return events
}

// relationsTold are the relations that a snapshot states at all: text indexes know no see-also.
func relationsTold(stated map[statement]datasets.RFCRelation) map[string]bool {
	told := map[string]bool{}
	for s := range stated {
		told[s.relation] = true
	}
	return told
}
