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

// Tracker is what the Datatracker said about RFCs on a day, by the number of the RFC.
type Tracker struct {
	Pending map[uint32][]Pending // drafts that would change the RFC; published, replaced and dead ones are left out
	Citing  map[uint32][]string  // documents that cite the RFC normatively
	From    []*table.Manifest    // the partitions that were read
}

// Pending is an Internet-Draft that would change an RFC.
type Pending struct {
	datasets.Draft
	Relation string // updates or obsoletes
}

// ReadTracker returns what the Datatracker said on a day. It reads drafts and relations once, for all RFCs.
func ReadTracker(store *table.Store, day time.Time) (*Tracker, error) {
	t := &Tracker{Pending: map[uint32][]Pending{}, Citing: map[uint32][]string{}}
	drafts, err := newest(store, datasets.Drafts.Schema, day)
	if err != nil {
		return nil, err
	}
	relations, err := newest(store, datasets.DraftRelations.Schema, day)
	if err != nil {
		return nil, err
	}
	changes := map[string]map[uint32]string{} // relation by draft and RFC
	if relations != nil {
		if changes, err = t.readRelations(store, relations); err != nil {
			return nil, err
		}
	}
	if drafts != nil {
		if err := t.readDrafts(store, drafts, changes); err != nil {
			return nil, err
		}
	}
	for _, m := range []*table.Manifest{drafts, relations} {
		if m != nil {
			t.From = append(t.From, m)
		}
	}
	return t, nil
}

// readRelations adds the citations, and returns how each document would change RFCs.
func (t *Tracker) readRelations(store *table.Store, m *table.Manifest) (changes map[string]map[uint32]string, err error) {
	changes = map[string]map[uint32]string{}
	for r, err := range datasets.DraftRelations.Scan(store.Path(m)) {
		if err != nil {
			return nil, err
		}
		switch {
		case r.TargetNumber == 0:
		case r.Relation == "normative":
			t.Citing[r.TargetNumber] = append(t.Citing[r.TargetNumber], r.Source)
		case r.Relation == "updates" || r.Relation == "obsoletes":
			if changes[r.Source] == nil {
				changes[r.Source] = map[uint32]string{}
			}
			changes[r.Source][r.TargetNumber] = r.Relation
		}
	}
	return changes, nil
}

// readDrafts adds the drafts that would change an RFC.
func (t *Tracker) readDrafts(store *table.Store, m *table.Manifest, changes map[string]map[uint32]string) error {
	for d, err := range datasets.Drafts.Scan(store.Path(m)) {
		if err != nil {
			return err
		}
		if d.State != "active" && d.State != "expired" {
			continue
		}
		for number, relation := range changes[d.Name] {
			t.Pending[number] = append(t.Pending[number], Pending{d, relation})
		}
	}
	return nil
}

// Events returns the events since a day that concern one of the RFCs, oldest first. No numbers means all RFCs.
func Events(store *table.Store, numbers []uint32, since time.Time) ([]datasets.RFCEvent, error) {
	manifests, err := store.Manifests(datasets.RFCEvents.Schema)
	if err != nil {
		return nil, err
	}
	var paths []string
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
