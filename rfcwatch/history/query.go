package history

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// ErrNoIndex is returned if the store has no snapshot of the RFC index for a day.
var ErrNoIndex = errors.New("no snapshot of the RFC index of that day or before is at hand; import one: tidemark import rfc-index FILE")

// At returns the state of the index on a day: that of the newest snapshot on or before it. The zero time means the newest
// snapshot, here and in the other queries. Without a snapshot the error is ErrNoIndex. For several days, read the chain
// once and use Chain.At.
func At(store *table.Store, day time.Time) (*State, error) {
	chain, _, err := ReadChain(store)
	if err != nil {
		return nil, err
	}
	return chain.At(store, day)
}

// At returns the state of the index on a day, as the function At does.
func (c Chain) At(store *table.Store, day time.Time) (*State, error) {
	i := c.Index(day)
	if i < 0 {
		return nil, ErrNoIndex
	}
	return Read(store, c.UpTo(i))
}

// Errata returns the errata of an RFC on a day, ordered by ID; number 0 means all RFCs. It returns nil if there is no list of
// that day or before.
func Errata(store *table.Store, number uint32, day time.Time) ([]datasets.RFCErratum, error) {
	lists, _, err := ErrataLists(store)
	if err != nil {
		return nil, err
	}
	m := newestOf(lists, day)
	if m == nil {
		return nil, nil
	}
	all := []datasets.RFCErratum{}
	for e, err := range datasets.RFCErrata.Scan(store.Path(m)) {
		if err != nil {
			return nil, err
		}
		if number == 0 || e.Number == number {
			all = append(all, e)
		}
	}
	return all, nil
}

// newest returns the newest partition on or before the day, or nil if there is none.
func newest(store *table.Store, schema *table.Schema, day time.Time) (*table.Manifest, error) {
	all, err := store.Manifests(schema)
	if err != nil {
		return nil, err
	}
	return newestOf(all, day), nil
}

func newestOf(all []*table.Manifest, day time.Time) *table.Manifest {
	for _, m := range slices.Backward(all) {
		if day.IsZero() || !m.Day().After(day) {
			return m
		}
	}
	return nil
}

// ErrataLists returns the lists of errata, oldest first. It quarantines one that has lost more than one erratum in two hundred
// since the last one: a list that was cut, or that of one RFC, must not remove the others.
func ErrataLists(store *table.Store) (lists []*table.Manifest, quarantined []Quarantined, err error) {
	all, err := store.Manifests(datasets.RFCErrata.Schema)
	if err != nil {
		return nil, nil, err
	}
	for _, m := range all {
		if last := len(lists) - 1; last >= 0 && 200*m.Rows < 199*lists[last].Rows {
			quarantined = append(quarantined, Quarantined{m.Inputs[0].Name, m.Rows, lists[last].Rows})
			continue
		}
		lists = append(lists, m)
	}
	return lists, quarantined, nil
}

// Tracker is what is known of the drafts of a day, by the number of the RFC: what the Datatracker said, and the headers of the texts.
type Tracker struct {
	Day     time.Time            // of the Datatracker's answers; zero: there are none that still tell something of the day
	Pending map[uint32][]Pending // active drafts that would change the RFC, or are named after it
	Unread  map[uint32][]Pending // active drafts that cite the RFC, of which no header could be read
	Cited   map[uint32]int       // how many active drafts cite the RFC
	Citing  map[uint32][]string  // documents that cite the RFC normatively
	Active  []datasets.Draft     // active drafts, by name
	From    []*table.Manifest    // the partitions that were read
}

// Pending is an Internet-Draft with what it would do to an RFC.
type Pending struct {
	datasets.Draft
	Intent datasets.IntendedRelation
}

// ReadTracker returns what is known of the drafts of a day. It reads each table once, for all RFCs. Answers of the Datatracker that are
// older than drafts live are left out.
func ReadTracker(store *table.Store, day time.Time) (*Tracker, error) {
	t := &Tracker{Pending: map[uint32][]Pending{}, Unread: map[uint32][]Pending{}, Cited: map[uint32]int{}, Citing: map[uint32][]string{}}
	drafts, err := newest(store, datasets.Drafts.Schema, day)
	if err != nil || drafts == nil || !day.IsZero() && !datasets.Drafts.Holds("", drafts.Day(), day) {
		return t, err
	}
	relations, err := store.Manifests(datasets.DraftRelations.Schema)
	if err != nil {
		return nil, err
	}
	snapshot := DraftSnapshot{Drafts: drafts, Relations: relationsBeside(relations, drafts)}
	headers, texts, err := ReadHeaders(store)
	if err != nil {
		return nil, err
	}
	t.Day, t.From = drafts.Day(), append(snapshot.Manifests(), texts...)
	return t, t.read(store, snapshot, headers)
}

// read adds what a snapshot and the headers say.
func (t *Tracker) read(store *table.Store, snapshot DraftSnapshot, headers Headers) error {
	drafts, relations, err := snapshot.Read(store)
	if err != nil {
		return err
	}
	byName := map[string]datasets.Draft{}
	for _, d := range drafts {
		byName[d.Name] = d
		if d.State == "active" {
			t.Active = append(t.Active, d)
		}
	}
	slices.SortFunc(t.Active, func(a, b datasets.Draft) int { return cmp.Compare(a.Name, b.Name) })
	type citation struct {
		draft  string
		number uint32
	}
	cites := map[citation]bool{}
	for _, r := range relations {
		if r.TargetNumber == 0 || !IsCitation(r.Relation) {
			continue
		}
		if r.Relation == "normative" {
			t.Citing[r.TargetNumber] = append(t.Citing[r.TargetNumber], r.Source)
		}
		if c := (citation{r.Source, r.TargetNumber}); byName[r.Source].State == "active" && !cites[c] {
			cites[c] = true
			t.Cited[r.TargetNumber]++
		}
	}
	for _, r := range Intended(drafts, relations, headers) {
		to := t.Pending
		if r.KnownBy == KnownByCitation {
			to = t.Unread
		}
		to[r.RFC] = append(to[r.RFC], Pending{byName[r.Draft], r})
	}
	return nil
}

// Events returns the events since a day that concern one of the RFCs, oldest first. No numbers means all RFCs.
func Events(store *table.Store, numbers []uint32, since time.Time) ([]datasets.RFCEvent, error) {
	manifests, err := store.Manifests(datasets.RFCEvents.Schema)
	if err != nil {
		return nil, err
	}
	var paths []table.Path
	for _, m := range manifests {
		if !m.Day().Before(since) {
			paths = append(paths, store.Path(m))
		}
	}
	if len(paths) == 0 {
		return nil, nil
	}
	var all []datasets.RFCEvent
	for e, err := range datasets.RFCEvents.Scan(paths...) {
		if err != nil {
			return nil, err
		}
		concerned := len(numbers) == 0 || slices.ContainsFunc(numbers, func(n uint32) bool { return slices.Contains(e.Concerns, n) })
		if concerned && !When(&e).Before(since) {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b datasets.RFCEvent) int { return cmp.Or(When(&a).Compare(When(&b)), a.Until.Compare(b.Until)) })
	return all, nil
}

// When returns the day under which an event is shown: its own, or that of the first snapshot that has it.
func When(e *datasets.RFCEvent) time.Time {
	if e.Date != nil {
		return *e.Date
	}
	return e.Until
}
