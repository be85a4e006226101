package derive

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/event"
	"tidemark/rfcwatch/history"
)

// RFCEvents makes rfc_events: what changed between each snapshot of the index, of the errata and of the drafts, and the next.
// A snapshot of the index that lost too many documents is quarantined.
var RFCEvents = Derivation{Of: datasets.RFCEvents.Schema, Plan: planRFCEvents}

// eventSource returns the events of one pair of snapshots, and how many documents were compared.
type eventSource func(store *table.Store) ([]datasets.RFCEvent, int, error)

func planRFCEvents(store *table.Store) ([]Job, error) {
	log := logOf(store)
	chain, quarantined, err := history.ReadChain(store)
	if err != nil {
		return nil, err
	}
	for _, q := range quarantined {
		log.Warn("snapshot of the RFC index quarantined: it lost too many documents", "snapshot", q.Name, "documents", q.Documents, "before", q.Than)
	}
	errata, cut, err := history.ErrataLists(store)
	if err != nil {
		return nil, err
	}
	for _, q := range cut {
		log.Warn("list of errata quarantined: it lost too many", "list", q.Name, "errata", q.Documents, "before", q.Than)
	}
	drafts, err := draftSnapshots(store)
	if err != nil {
		return nil, err
	}
	return slices.Concat(indexJobs(store, chain), errataJobs(store, errata), draftJobs(store, chain, drafts)), nil
}

func eventJob(store *table.Store, key table.Key, inputs []table.Input, events eventSource) Job {
	return Job{Key: key, Inputs: inputs, Run: func(_ context.Context, into *table.Commit) error {
		return writeEvents(store, key, events, into)
	}}
}

// indexJobs compares each snapshot of the index with what was known before it, and with the others of its day.
func indexJobs(store *table.Store, chain history.Chain) (jobs []Job) {
	for i, now := range chain {
		day := now.Day()
		if i > 0 {
			before := chain.UpTo(i - 1)
			key := table.Key{Day: day, Name: chain[i-1].Day().Format(time.DateOnly) + ".." + day.Format(time.DateOnly)}
			jobs = append(jobs, eventJob(store, key, snapshotInputs(append(before, now)), func(store *table.Store) ([]datasets.RFCEvent, int, error) {
				return indexEvents(store, before, now)
			}))
		}
		for j, beside := range now.Beside {
			key := table.Key{Day: day, Name: fmt.Sprintf("beside-%d.%s", j, day.Format(time.DateOnly))}
			jobs = append(jobs, eventJob(store, key, snapshotInputs([]history.Snapshot{now, beside}), func(store *table.Store) ([]datasets.RFCEvent, int, error) {
				return disagreements(store, now, beside)
			}))
		}
	}
	return jobs
}

func snapshotInputs(snapshots []history.Snapshot) (inputs []table.Input) {
	for _, s := range snapshots {
		inputs = append(inputs, s.Inputs()...)
	}
	return inputs
}

// errataJobs compares each list of errata with the one before it.
func errataJobs(store *table.Store, lists []*table.Manifest) (jobs []Job) {
	for i, now := range lists {
		inputs := []table.Input{now.AsInput()}
		var before *table.Manifest
		if i > 0 {
			before = lists[i-1]
			inputs = append(inputs, before.AsInput())
		}
		key := table.Key{Day: now.Day(), Name: "errata." + now.Day().Format(time.DateOnly) + "." + now.Name()}
		jobs = append(jobs, eventJob(store, key, inputs, func(store *table.Store) ([]datasets.RFCEvent, int, error) {
			return errataEvents(store, before, now)
		}))
	}
	return jobs
}

// draftJobs compares each snapshot of the drafts with the one before it, and with the index of its day.
func draftJobs(store *table.Store, chain history.Chain, snapshots []draftSnapshot) (jobs []Job) {
	for i, now := range snapshots {
		day := now.drafts.Day()
		inputs := now.inputs()
		var before *draftSnapshot
		if i > 0 {
			before = &snapshots[i-1]
			inputs = append(inputs, before.inputs()...)
		}
		key := table.Key{Day: day, Name: "drafts." + day.Format(time.DateOnly) + "." + now.drafts.Name()}
		jobs = append(jobs, eventJob(store, key, inputs, func(store *table.Store) ([]datasets.RFCEvent, int, error) {
			return draftEvents(store, before, now)
		}))
		at := chain.Index(day)
		if at < 0 {
			continue
		}
		index := chain.UpTo(at)
		key.Name = "datatracker-" + key.Name
		inputs = append([]table.Input{now.relations.AsInput()}, snapshotInputs(index)...)
		jobs = append(jobs, eventJob(store, key, inputs, func(store *table.Store) ([]datasets.RFCEvent, int, error) {
			return datatrackerDisagreements(store, index, now)
		}))
	}
	return jobs
}

func writeEvents(store *table.Store, key table.Key, source eventSource, into *table.Commit) error {
	events, documents, err := source(store)
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
	// JSON does not list numbers that were never issued: other forms have.
	for n, d := range before.Documents {
		if d.NotIssued && now.Documents[n] == nil && snapshot.Form == "json" {
			now.Documents[n] = d
		}
	}
	return history.Compare(before, now), countDocuments(before, now), nil
}

// countDocuments returns how many documents are in one of the states at least.
func countDocuments(a, b *history.State) int {
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
	return history.Disagreements(a, b, leading.Form, beside.Form), countDocuments(a, b), nil
}

// errataEvents compares two lists of errata. Those of the first list are events too, as they carry their days.
func errataEvents(store *table.Store, earlier, snapshot *table.Manifest) ([]datasets.RFCEvent, int, error) {
	before := map[uint32]*datasets.RFCErratum{}
	after := snapshot.Day()
	if earlier != nil {
		after = earlier.Day()
		for e, err := range datasets.RFCErrata.Scan(store.Path(earlier)) {
			if err != nil {
				return nil, 0, err
			}
			before[e.ID] = &e
		}
	}
	var events []datasets.RFCEvent
	documents := 0
	for e, err := range datasets.RFCErrata.Scan(store.Path(snapshot)) {
		if err != nil {
			return nil, 0, err
		}
		documents++
		events = append(events, erratumEvents(before[e.ID], &e, after, snapshot.Day())...)
		delete(before, e.ID)
	}
	for _, e := range before {
		removed := erratumEvent(e, after, snapshot.Day())
		removed.Kind, removed.Before = string(event.ErratumRemoved), e.Status
		events = append(events, removed)
		documents++
	}
	history.Sort(events)
	return events, documents, nil
}

// erratumEvents returns what happened to an erratum between two days: that it was reported, if it was unknown before (nil),
// and that it was judged.
func erratumEvents(old, e *datasets.RFCErratum, after, until time.Time) (events []datasets.RFCEvent) {
	base := erratumEvent(e, after, until)
	status := "reported"
	if old != nil {
		status = old.Status
	} else {
		reported := base
		reported.Kind, reported.Now, reported.Date = string(event.ErratumReported), status, e.Submitted
		if e.Submitted != nil {
			reported.After = earliest(reported.After, *e.Submitted)
			base.After = *e.Submitted // it was judged after it was reported
		}
		events = append(events, reported)
	}
	if e.Status == status {
		return events
	}
	judged := base
	judged.Kind, judged.Before, judged.Now = string(event.Erratum(e.Status)), status, e.Status
	if e.Updated != nil { // the record was last changed with the verdict, or after it
		if last := e.Updated.Truncate(24 * time.Hour); last.Before(judged.Until) && !last.Before(judged.After) {
			judged.Until = last
		}
	}
	return append(events, judged)
}

// erratumEvent returns an event of the erratum without its kind.
func erratumEvent(e *datasets.RFCErratum, after, until time.Time) datasets.RFCEvent {
	return datasets.RFCEvent{After: after, Until: until, Document: fmt.Sprintf("RFC%d", e.Number), Number: e.Number,
		Relation: fmt.Sprint(e.ID), Title: erratumTitle(e), Concerns: []uint32{e.Number}}
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

func (s *draftSnapshot) inputs() []table.Input {
	return []table.Input{s.drafts.AsInput(), s.relations.AsInput()}
}

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

// readDrafts returns the drafts of a snapshot by name, and the RFCs that each would change; both are empty for nil.
func readDrafts(store *table.Store, snapshot *draftSnapshot) (drafts map[string]datasets.Draft, changes map[string][]uint32, err error) {
	drafts, changes = map[string]datasets.Draft{}, map[string][]uint32{}
	if snapshot == nil {
		return drafts, changes, nil
	}
	for d, err := range datasets.Drafts.Scan(store.Path(snapshot.drafts)) {
		if err != nil {
			return nil, nil, err
		}
		drafts[d.Name] = d
	}
	for r, err := range datasets.DraftRelations.Scan(store.Path(snapshot.relations)) {
		if err != nil {
			return nil, nil, err
		}
		if r.TargetNumber > 0 && changesTarget(r.Relation) {
			changes[r.Source] = append(changes[r.Source], r.TargetNumber)
		}
	}
	return drafts, changes, nil
}

// changesTarget reports whether a document changes the one that it relates to.
func changesTarget(relation string) bool { return relation == "updates" || relation == "obsoletes" }

func draftEvents(store *table.Store, earlier *draftSnapshot, snapshot draftSnapshot) ([]datasets.RFCEvent, int, error) {
	before, _, err := readDrafts(store, earlier)
	if err != nil {
		return nil, 0, err
	}
	now, changes, err := readDrafts(store, &snapshot)
	if err != nil {
		return nil, 0, err
	}
	var events []datasets.RFCEvent
	for name, d := range now {
		base := datasets.RFCEvent{After: snapshot.drafts.Day(), Until: snapshot.drafts.Day(), Document: name, Title: d.Title, Concerns: changes[name]}
		if earlier != nil {
			base.After = earlier.drafts.Day()
		} else if d.Changed != nil {
			base.After = earliest(base.After, d.Changed.Truncate(24*time.Hour))
		}
		slices.Sort(base.Concerns)
		base.Concerns = slices.Compact(base.Concerns)
		var old *datasets.Draft
		if known, is := before[name]; is {
			old = &known
		}
		for _, c := range draftChanges(old, &d) {
			e := base
			e.Kind, e.Before, e.Now = string(c.kind), c.before, c.now
			events = append(events, e)
		}
	}
	history.Sort(events)
	return events, len(now), nil
}

type draftChange struct {
	kind        event.Kind
	before, now string
}

// draftChanges returns what changed of a draft; old is nil if it was unknown.
func draftChanges(old, d *datasets.Draft) (changes []draftChange) {
	add := func(kind event.Kind, before, now string) { changes = append(changes, draftChange{kind, before, now}) }
	known := old != nil
	if !known {
		old = &datasets.Draft{}
	}
	switch {
	case !known && isAdopted(d.Name):
		add(event.DraftAdopted, "", d.Revision)
	case !known:
		add(event.DraftNew, "", d.Revision)
	case old.Revision != d.Revision:
		add(event.DraftRevised, old.Revision, d.Revision)
	}
	switch {
	case d.State == old.State:
	case d.State == "expired":
		add(event.DraftExpired, old.State, d.State)
	case d.State == "rfc" && d.PublishedAs > 0:
		add(event.DraftPublished, old.State, fmt.Sprintf("RFC%d", d.PublishedAs))
	case d.State == "rfc":
		add(event.DraftPublished, old.State, d.State)
	case known:
		add(event.DraftState, old.State, d.State)
	}
	if d.RFCEditorState != "" && old.RFCEditorState == "" {
		add(event.DraftInQueue, "", d.RFCEditorState)
	}
	return changes
}

// datatrackerDisagreements returns the relations between RFCs that only one of the index and the Datatracker states, of the
// documents that the Datatracker was asked for.
func datatrackerDisagreements(store *table.Store, index []history.Snapshot, tracker draftSnapshot) ([]datasets.RFCEvent, int, error) {
	state, err := history.Read(store, index)
	if err != nil {
		return nil, 0, err
	}
	inTracker, asked, err := trackerEdges(store, &tracker)
	if err != nil {
		return nil, 0, err
	}
	inIndex := map[history.Edge]bool{}
	for n := range asked {
		for _, e := range state.Graph(n, 1) {
			if e.To == n {
				e.StatedBy = ""
				inIndex[e] = true
			}
		}
	}
	var events []datasets.RFCEvent
	day := tracker.drafts.Day()
	for e := range inIndex {
		if !inTracker[e] {
			events = append(events, disagreement(state, e, day, fmt.Sprintf("RFC%d", e.From), "nothing"))
		}
	}
	for e := range inTracker {
		if !inIndex[e] && state.Documents[e.From] != nil && state.Documents[e.To] != nil {
			events = append(events, disagreement(state, e, day, "nothing", fmt.Sprintf("RFC%d", e.From)))
		}
	}
	history.Sort(events)
	return events, len(asked), nil
}

// trackerEdges returns the relations between RFCs that the Datatracker states, and the RFCs that it was asked for.
func trackerEdges(store *table.Store, tracker *draftSnapshot) (edges map[history.Edge]bool, asked map[uint32]bool, err error) {
	edges, asked = map[history.Edge]bool{}, map[uint32]bool{}
	for r, err := range datasets.DraftRelations.Scan(store.Path(tracker.relations)) {
		if err != nil {
			return nil, nil, err
		}
		if r.TargetNumber == 0 {
			continue
		}
		asked[r.TargetNumber] = true
		var source uint32
		if _, err := fmt.Sscanf(r.Source, "RFC%d", &source); err == nil && changesTarget(r.Relation) {
			edges[history.Edge{From: source, Relation: r.Relation, To: r.TargetNumber}] = true
		}
	}
	return edges, asked, nil
}

// disagreement is the event that the index and the Datatracker name different sources of a relation.
func disagreement(state *history.State, e history.Edge, day time.Time, index, tracker string) datasets.RFCEvent {
	passive := map[string]string{"updates": "updated-by", "obsoletes": "obsoleted-by"}
	found := datasets.RFCEvent{After: day, Until: day, Document: fmt.Sprintf("RFC%d", e.To), Number: e.To, Kind: string(event.SourcesDisagree),
		Relation: passive[e.Relation], Before: "index: " + index, Now: "datatracker: " + tracker, Concerns: []uint32{e.To, e.From}}
	if d := state.Documents[e.To]; d != nil {
		found.Title = d.Title
	}
	return found
}

// isAdopted reports whether a draft has the name of one of a working group, the IRTF or the IAB.
func isAdopted(name string) bool {
	return slices.ContainsFunc([]string{"draft-ietf-", "draft-irtf-", "draft-iab-"}, func(prefix string) bool {
		return len(name) > len(prefix) && strings.HasPrefix(name, prefix)
	})
}
