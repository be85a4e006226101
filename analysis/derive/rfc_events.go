package derive

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/event"
	"tidemark/rfcwatch/history"
)

// RFCEvents makes rfc_events: what changed between each snapshot of the index, of the errata and of the drafts, and the next, and what
// happened to entries of IANA's registries that refer to RFCs.
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
	drafts, err := history.DraftSnapshots(store)
	if err != nil {
		return nil, err
	}
	texts, err := store.Manifests(datasets.DraftHeaders.Schema)
	if err != nil {
		return nil, err
	}
	registrations, err := registrationJobs(store)
	if err != nil {
		return nil, err
	}
	return slices.Concat(indexJobs(store, chain), errataJobs(store, errata), draftJobs(store, drafts, texts), trackerJobs(store, chain, drafts), registrations), nil
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

// draftJobs compares each snapshot of the drafts with the one before it. That is one job, because a text tells what a draft would change
// in every snapshot that has its revision.
func draftJobs(store *table.Store, snapshots []history.DraftSnapshot, texts []*table.Manifest) []Job {
	if len(snapshots) == 0 {
		return nil
	}
	key := table.Key{Day: snapshots[len(snapshots)-1].Drafts.Day(), Name: "drafts"}
	return []Job{eventJob(store, key, draftInputs(snapshots, texts), func(store *table.Store) ([]datasets.RFCEvent, int, error) {
		return draftEvents(store, snapshots)
	})}
}

// draftInputs are the partitions that tell what drafts would change.
func draftInputs(snapshots []history.DraftSnapshot, texts []*table.Manifest) (inputs []table.Input) {
	for _, s := range snapshots {
		for _, m := range s.Manifests() {
			inputs = append(inputs, m.AsInput())
		}
	}
	for _, m := range texts {
		inputs = append(inputs, m.AsInput())
	}
	return inputs
}

// trackerJobs compares the Datatracker's relations of each snapshot with the index of its day.
func trackerJobs(store *table.Store, chain history.Chain, snapshots []history.DraftSnapshot) (jobs []Job) {
	for _, now := range snapshots {
		day := now.Drafts.Day()
		at := chain.Index(day)
		if at < 0 || now.Relations == nil {
			continue
		}
		index := chain.UpTo(at)
		key := table.Key{Day: day, Name: "datatracker-drafts." + day.Format(time.DateOnly) + "." + now.Drafts.Name()}
		inputs := append([]table.Input{now.Relations.AsInput()}, snapshotInputs(index)...)
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

// draftState is a draft of a snapshot with the changes that it intends.
type draftState struct {
	datasets.Draft
	intends map[intention]bool
	told    bool // by the header of this very revision
}

// intention is a known change that a draft would make.
type intention struct {
	rfc      uint32
	relation string
}

// concerns returns the RFCs that the draft would change.
func (d *draftState) concerns() (numbers []uint32) {
	for i := range d.intends {
		numbers = append(numbers, i.rfc)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}

func draftStates(store *table.Store, snapshot history.DraftSnapshot, headers history.Headers) (map[string]*draftState, error) {
	drafts, relations, err := snapshot.Read(store)
	if err != nil {
		return nil, err
	}
	all := map[string]*draftState{}
	for _, d := range drafts {
		all[d.Name] = &draftState{Draft: d, intends: map[intention]bool{}, told: headers[d.Name][d.Revision].HasHeader}
	}
	for _, r := range history.Intended(drafts, relations, headers) {
		if r.Relation != history.UnknownRelation {
			all[r.Draft].intends[intention{r.RFC, r.Relation}] = true
		}
	}
	return all, nil
}

func draftEvents(store *table.Store, snapshots []history.DraftSnapshot) (events []datasets.RFCEvent, documents int, err error) {
	headers, _, err := history.ReadHeaders(store)
	if err != nil {
		return nil, 0, err
	}
	before := map[string]*draftState{}
	for i, snapshot := range snapshots {
		now, err := draftStates(store, snapshot, headers)
		if err != nil {
			return nil, 0, err
		}
		documents += len(now)
		for name, d := range now {
			base := datasets.RFCEvent{After: snapshot.Drafts.Day(), Until: snapshot.Drafts.Day(), Document: name, Title: d.Title}
			if i > 0 {
				base.After = snapshots[i-1].Drafts.Day()
			} else if d.Changed != nil {
				base.After = earliest(base.After, d.Changed.Truncate(24*time.Hour))
			}
			events = append(events, eventsOfDraft(base, before[name], d)...)
			if old := before[name]; old != nil && (d.State != "active" || !d.told) { // what it intended is neither said nor denied
				maps.Copy(d.intends, old.intends)
			}
		}
		// What is missing from one snapshot may be in the next: a draft that left the working group's list, say.
		for name, d := range before {
			if now[name] == nil {
				now[name] = d
			}
		}
		before = now
	}
	history.Sort(events)
	return events, documents, nil
}

// eventsOfDraft returns what happened to a draft between two snapshots; old is nil if it was unknown.
func eventsOfDraft(base datasets.RFCEvent, old, d *draftState) (events []datasets.RFCEvent) {
	base.Concerns = d.concerns()
	var oldDraft *datasets.Draft
	intended := map[intention]bool{}
	if old != nil {
		oldDraft, intended = &old.Draft, old.intends
		if len(base.Concerns) == 0 { // no longer active, or it has just dropped them
			base.Concerns = old.concerns()
		}
	}
	for _, c := range draftChanges(oldDraft, &d.Draft) {
		e := base
		e.Kind, e.Before, e.Now = string(c.kind), c.before, c.now
		events = append(events, e)
	}
	add := func(kind event.Kind, i intention, before, now string) {
		e := base
		e.Kind, e.Relation, e.Before, e.Now, e.Concerns = string(kind), i.relation, before, now, []uint32{i.rfc}
		events = append(events, e)
	}
	for i := range d.intends {
		if !intended[i] {
			add(event.DraftIntends, i, "", fmt.Sprintf("RFC%d", i.rfc))
		}
	}
	for i := range intended {
		if !d.intends[i] && d.State == "active" && d.told { // else it is unknown, or has its own event
			add(event.DraftNoLongerIntends, i, fmt.Sprintf("RFC%d", i.rfc), "")
		}
	}
	return events
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
func datatrackerDisagreements(store *table.Store, index []history.Snapshot, tracker history.DraftSnapshot) ([]datasets.RFCEvent, int, error) {
	state, err := history.Read(store, index)
	if err != nil {
		return nil, 0, err
	}
	inTracker, asked, err := trackerEdges(store, tracker)
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
	day := tracker.Drafts.Day()
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
func trackerEdges(store *table.Store, tracker history.DraftSnapshot) (edges map[history.Edge]bool, asked map[uint32]bool, err error) {
	edges, asked = map[history.Edge]bool{}, map[uint32]bool{}
	for r, err := range datasets.DraftRelations.Scan(store.Path(tracker.Relations)) {
		if err != nil {
			return nil, nil, err
		}
		if r.TargetNumber == 0 {
			continue
		}
		asked[r.TargetNumber] = true
		var source uint32
		if _, err := fmt.Sscanf(r.Source, "RFC%d", &source); err == nil && history.ChangesTarget(r.Relation) {
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
