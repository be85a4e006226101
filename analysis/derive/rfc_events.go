package derive

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/history"
)

// RFCEvents makes rfc_events: what changed between each snapshot of the index, of the errata and of the drafts, and the
// next. A snapshot of the index that lost too many documents is quarantined.
var RFCEvents = Derivation{Of: datasets.RFCEvents.Schema, Plan: planRFCEvents}

// eventSource makes the events of one pair of snapshots.
type eventSource func(store *table.Store) ([]datasets.RFCEvent, int, error)

func planRFCEvents(store *table.Store) ([]Job, error) {
	chain, quarantined, err := history.ReadChain(store)
	if err != nil {
		return nil, err
	}
	for _, q := range quarantined {
		slog.Warn("snapshot of the RFC index quarantined: it lost too many documents", "snapshot", q.Name, "documents", q.Documents, "before", q.Than)
	}
	var jobs []Job
	job := func(key table.Key, inputs []table.Input, events eventSource) {
		jobs = append(jobs, Job{Key: key, Inputs: inputs, Run: func(_ context.Context, into *table.Commit) error {
			return writeEvents(store, key, events, into)
		}})
	}
	for i, now := range chain {
		day := now.Day()
		if i > 0 {
			before := chain.UpTo(i - 1)
			var inputs []table.Input
			for _, s := range append(before, now) {
				inputs = append(inputs, s.Inputs()...)
			}
			job(eventsKey("", chain[i-1].Day(), day), inputs, func(store *table.Store) ([]datasets.RFCEvent, int, error) {
				return indexEvents(store, before, now)
			})
		}
		for j, beside := range now.Beside {
			key := table.Key{Day: day, Name: fmt.Sprintf("beside-%d.%s", j, day.Format(time.DateOnly))}
			job(key, append(now.Inputs(), beside.Inputs()...), func(store *table.Store) ([]datasets.RFCEvent, int, error) {
				return disagreements(store, now, beside)
			})
		}
	}
	errata, err := store.Manifests(datasets.RFCErrata.Schema)
	if err != nil {
		return nil, err
	}
	for i, now := range errata {
		inputs := []table.Input{now.AsInput()}
		var before *table.Manifest
		key := table.Key{Day: now.Day(), Name: "errata." + now.Day().Format(time.DateOnly) + "." + now.Name()}
		if i > 0 {
			before = errata[i-1]
			inputs = append(inputs, before.AsInput())
		}
		job(key, inputs, func(store *table.Store) ([]datasets.RFCEvent, int, error) { return errataEvents(store, before, now) })
	}
	drafts, err := draftSnapshots(store)
	if err != nil {
		return nil, err
	}
	for i, now := range drafts {
		inputs := []table.Input{now.drafts.AsInput(), now.relations.AsInput()}
		var before *draftSnapshot
		if i > 0 {
			before = &drafts[i-1]
			inputs = append(inputs, before.drafts.AsInput(), before.relations.AsInput())
		}
		key := table.Key{Day: now.drafts.Day(), Name: "drafts." + now.drafts.Day().Format(time.DateOnly) + "." + now.drafts.Name()}
		job(key, inputs, func(store *table.Store) ([]datasets.RFCEvent, int, error) { return draftEvents(store, before, now) })
		if at := chain.On(now.drafts.Day()); at >= 0 {
			index := chain.UpTo(at)
			inputs := []table.Input{now.relations.AsInput()}
			for _, s := range index {
				inputs = append(inputs, s.Inputs()...)
			}
			key.Name = "datatracker-" + key.Name
			job(key, inputs, func(store *table.Store) ([]datasets.RFCEvent, int, error) {
				return trackerDisagreements(store, index, now)
			})
		}
	}
	return jobs, nil
}

func eventsKey(of string, from, to time.Time) table.Key {
	return table.Key{Day: to, Name: of + from.Format(time.DateOnly) + ".." + to.Format(time.DateOnly)}
}

func writeEvents(store *table.Store, key table.Key, of eventSource, into *table.Commit) error {
	events, documents, err := of(store)
	if err != nil {
		return err
	}
	out, err := datasets.RFCEvents.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "document of either snapshot"
	out.See(documents)
	out.Keep(documents)
	return out.Append(events...)
}

func indexEvents(store *table.Store, earlier []history.Snapshot, snapshot history.Snapshot) ([]datasets.RFCEvent, int, error) {
	before, err := history.Read(store, earlier)
	if err != nil {
		return nil, 0, err
	}
	now, err := history.Read(store, []history.Snapshot{snapshot})
	if err != nil {
		return nil, 0, err
	}
	// What one form cannot tell of a number that was never issued, the other has told.
	for n, d := range before.Documents {
		if d.NotIssued && now.Documents[n] == nil && snapshot.Form == "json" {
			now.Documents[n] = d
		}
	}
	return history.Compare(before, now), either(before, now), nil
}

func either(a, b *history.State) int {
	n := len(a.Documents)
	for d := range b.Documents {
		if a.Documents[d] == nil {
			n++
		}
	}
	return n
}

func disagreements(store *table.Store, leading, beside history.Snapshot) ([]datasets.RFCEvent, int, error) {
	a, err := history.Read(store, []history.Snapshot{leading})
	if err != nil {
		return nil, 0, err
	}
	b, err := history.Read(store, []history.Snapshot{beside})
	if err != nil {
		return nil, 0, err
	}
	return history.Disagreements(a, b, leading.Form, beside.Form), either(a, b), nil
}

// errataEvents compares two lists of errata. The first list's errata are events too: their days stand in them.
func errataEvents(store *table.Store, earlier, snapshot *table.Manifest) ([]datasets.RFCEvent, int, error) {
	before := map[uint32]datasets.RFCErratum{}
	if earlier != nil {
		for e, err := range datasets.RFCErrata.Scan(store.Path(earlier)) {
			if err != nil {
				return nil, 0, err
			}
			before[e.ID] = e
		}
	}
	var events []datasets.RFCEvent
	documents := 0
	for e, err := range datasets.RFCErrata.Scan(store.Path(snapshot)) {
		if err != nil {
			return nil, 0, err
		}
		documents++
		old, known := before[e.ID]
		event := datasets.RFCEvent{After: snapshot.Day(), Until: snapshot.Day(), Document: fmt.Sprintf("RFC%d", e.Number), Number: e.Number,
			Relation: fmt.Sprint(e.ID), Title: erratumTitle(&e), Concerns: []uint32{e.Number}}
		if earlier != nil {
			event.After = earlier.Day()
		}
		if !known {
			reported := event
			reported.Kind, reported.Now, reported.Date = "erratum-reported", "reported", e.Submitted
			if e.Submitted != nil {
				reported.After = earliest(reported.After, *e.Submitted)
			}
			events = append(events, reported)
			old.Status = "reported"
			if e.Submitted != nil { // it was judged after it was reported
				event.After = *e.Submitted
			}
		}
		if e.Status != old.Status {
			event.Kind, event.Before, event.Now = "erratum-"+e.Status, old.Status, e.Status
			if e.Updated != nil { // the last change of the record came with the verdict, or behind it
				if last := e.Updated.Truncate(24 * time.Hour); last.Before(event.Until) && !last.Before(event.After) {
					event.Until = last
				}
			}
			events = append(events, event)
		}
	}
	history.Sort(events)
	return events, documents, nil
}

func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func erratumTitle(e *datasets.RFCErratum) string {
	title := fmt.Sprintf("Erratum %d, %s", e.ID, e.Type)
	if e.Section != "" {
		title += ", section " + e.Section
	}
	return title
}

// draftSnapshot is what the Datatracker said on a day.
type draftSnapshot struct{ drafts, relations *table.Manifest }

func draftSnapshots(store *table.Store) ([]draftSnapshot, error) {
	drafts, err := store.Manifests(datasets.Drafts.Schema)
	if err != nil {
		return nil, err
	}
	relations, err := store.Manifests(datasets.DraftRelations.Schema)
	if err != nil {
		return nil, err
	}
	var all []draftSnapshot
	for _, d := range drafts {
		for _, r := range relations {
			if r.Day().Equal(d.Day()) && r.Name() == d.Name() {
				all = append(all, draftSnapshot{d, r})
			}
		}
	}
	return all, nil
}

// draftsOf reads a snapshot: the drafts by name, and the RFCs that each would change.
func draftsOf(store *table.Store, of *draftSnapshot) (map[string]datasets.Draft, map[string][]uint32, error) {
	drafts, changes := map[string]datasets.Draft{}, map[string][]uint32{}
	if of == nil {
		return drafts, changes, nil
	}
	for d, err := range datasets.Drafts.Scan(store.Path(of.drafts)) {
		if err != nil {
			return nil, nil, err
		}
		drafts[d.Name] = d
	}
	for r, err := range datasets.DraftRelations.Scan(store.Path(of.relations)) {
		if err != nil {
			return nil, nil, err
		}
		if r.TargetNumber > 0 && (r.Relation == "updates" || r.Relation == "obsoletes") {
			changes[r.Source] = append(changes[r.Source], r.TargetNumber)
		}
	}
	return drafts, changes, nil
}

func draftEvents(store *table.Store, earlier *draftSnapshot, snapshot draftSnapshot) ([]datasets.RFCEvent, int, error) {
	before, _, err := draftsOf(store, earlier)
	if err != nil {
		return nil, 0, err
	}
	now, changes, err := draftsOf(store, &snapshot)
	if err != nil {
		return nil, 0, err
	}
	var events []datasets.RFCEvent
	for name, d := range now {
		event := datasets.RFCEvent{After: snapshot.drafts.Day(), Until: snapshot.drafts.Day(), Document: name, Title: d.Title, Concerns: changes[name]}
		if earlier != nil {
			event.After = earlier.drafts.Day()
		} else if d.Changed != nil {
			event.After = earliest(event.After, d.Changed.Truncate(24*time.Hour))
		}
		slices.Sort(event.Concerns)
		event.Concerns = slices.Compact(event.Concerns)
		add := func(kind, was, is string) {
			e := event
			e.Kind, e.Before, e.Now = kind, was, is
			events = append(events, e)
		}
		old, known := before[name]
		switch {
		case !known && isAdopted(name):
			add("draft-adopted", "", d.Revision)
		case !known:
			add("draft-new", "", d.Revision)
		case old.Revision != d.Revision:
			add("draft-revised", old.Revision, d.Revision)
		}
		if d.State != old.State {
			switch {
			case d.State == "expired":
				add("draft-expired", old.State, d.State)
			case d.State == "rfc":
				is := d.State
				if d.PublishedAs > 0 {
					is = fmt.Sprintf("RFC%d", d.PublishedAs)
				}
				add("draft-published", old.State, is)
			case known:
				add("draft-state", old.State, d.State)
			}
		}
		if d.RFCEditorState != old.RFCEditorState && d.RFCEditorState != "" && old.RFCEditorState == "" {
			add("draft-in-queue", "", d.RFCEditorState)
		}
	}
	history.Sort(events)
	return events, len(now), nil
}

// trackerDisagreements are the relations between RFCs that the index states and the Datatracker does not, or the other way
// round, of the documents that the Datatracker was asked for.
func trackerDisagreements(store *table.Store, index []history.Snapshot, tracker draftSnapshot) ([]datasets.RFCEvent, int, error) {
	state, err := history.Read(store, index)
	if err != nil {
		return nil, 0, err
	}
	said := map[history.Edge]bool{}
	asked := map[uint32]bool{}
	for r, err := range datasets.DraftRelations.Scan(store.Path(tracker.relations)) {
		if err != nil {
			return nil, 0, err
		}
		if r.TargetNumber == 0 {
			continue
		}
		asked[r.TargetNumber] = true
		var source uint32
		if _, err := fmt.Sscanf(r.Source, "RFC%d", &source); err == nil && (r.Relation == "updates" || r.Relation == "obsoletes") {
			said[history.Edge{From: source, Relation: r.Relation, To: r.TargetNumber}] = true
		}
	}
	stated := map[history.Edge]bool{}
	for n := range asked {
		for _, e := range state.Graph(n, 1) {
			if e.To == n {
				e.StatedBy = ""
				stated[e] = true
			}
		}
	}
	var events []datasets.RFCEvent
	day := tracker.drafts.Day()
	disagree := func(e history.Edge, index, tracker string) {
		event := datasets.RFCEvent{After: day, Until: day, Document: fmt.Sprintf("RFC%d", e.To), Number: e.To, Kind: "sources-disagree",
			Relation: map[string]string{"updates": "updated-by", "obsoletes": "obsoleted-by"}[e.Relation], Before: "index: " + index, Now: "datatracker: " + tracker,
			Concerns: []uint32{e.To, e.From}}
		if d := state.Documents[e.To]; d != nil {
			event.Title = d.Title
		}
		events = append(events, event)
	}
	for e := range stated {
		if !said[e] {
			disagree(e, fmt.Sprintf("RFC%d", e.From), "nothing")
		}
	}
	for e := range said {
		if !stated[e] && state.Documents[e.From] != nil && state.Documents[e.To] != nil {
			disagree(e, "nothing", fmt.Sprintf("RFC%d", e.From))
		}
	}
	history.Sort(events)
	return events, len(asked), nil
}

// isAdopted tells whether a name is one of a working group's, of the IRTF's or of the IAB's.
func isAdopted(name string) bool {
	for _, prefix := range []string{"draft-ietf-", "draft-irtf-", "draft-iab-"} {
		if len(name) > len(prefix) && name[:len(prefix)] == prefix {
			return true
		}
	}
	return false
}
