package history

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// ErrNoIndex is returned where the store has no snapshot of the RFC index for a day.
var ErrNoIndex = errors.New("no snapshot of the RFC index of that day or before is at hand; import one: tidemark import rfc-index FILE")

// At returns the state of the index on a day: that of the newest snapshot on or before it. The zero time means the newest
// snapshot, here and in the other queries. Without a snapshot the error is ErrNoIndex. To ask for several days, read the
// chain once and use Chain.At.
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

// Errata returns the errata of an RFC on a day, ordered by ID; of all RFCs for number 0.
func Errata(store *table.Store, number uint32, day time.Time) ([]datasets.RFCErratum, error) {
	m, err := newest(store, datasets.RFCErrata.Schema, day)
	if err != nil || m == nil {
		return nil, err
	}
	var all []datasets.RFCErratum
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

// newest returns the newest partition on or before the day; nil: there is none.
func newest(store *table.Store, schema *table.Schema, day time.Time) (*table.Manifest, error) {
	all, err := store.Manifests(schema)
	if err != nil {
		return nil, err
	}
	for _, m := range slices.Backward(all) {
		if day.IsZero() || !m.Day().After(day) {
			return m, nil
		}
	}
	return nil, nil
}

// Pending is an Internet-Draft that would change an RFC.
type Pending struct {
	datasets.Draft
	Relation string // updates or obsoletes
}

// Drafts returns the drafts that would change an RFC, as of a day; published, replaced and dead ones are left out.
func Drafts(store *table.Store, number uint32, day time.Time) ([]Pending, error) {
	all, err := DraftsByTarget(store, day)
	return all[number], err
}

// DraftsByTarget returns the drafts that would change an RFC, by its number, as of a day. It reads the drafts once, however
// many RFCs are asked for.
func DraftsByTarget(store *table.Store, day time.Time) (map[uint32][]Pending, error) {
	drafts, err := newest(store, datasets.Drafts.Schema, day)
	if err != nil || drafts == nil {
		return nil, err
	}
	relations, err := newest(store, datasets.DraftRelations.Schema, day)
	if err != nil || relations == nil {
		return nil, err
	}
	changes := map[string]map[uint32]string{} // relation by draft and RFC
	for r, err := range datasets.DraftRelations.Scan(store.Path(relations)) {
		if err != nil {
			return nil, err
		}
		if r.Relation != "updates" && r.Relation != "obsoletes" {
			continue
		}
		if changes[r.Source] == nil {
			changes[r.Source] = map[uint32]string{}
		}
		changes[r.Source][r.TargetNumber] = r.Relation
	}
	pending := map[uint32][]Pending{}
	for d, err := range datasets.Drafts.Scan(store.Path(drafts)) {
		if err != nil {
			return nil, err
		}
		if d.State != "active" && d.State != "expired" {
			continue
		}
		for number, relation := range changes[d.Name] {
			pending[number] = append(pending[number], Pending{d, relation})
		}
	}
	return pending, nil
}

// Citing returns the documents that cite an RFC normatively, by its number, as of a day.
func Citing(store *table.Store, day time.Time) (map[uint32][]string, error) {
	m, err := newest(store, datasets.DraftRelations.Schema, day)
	if err != nil || m == nil {
		return nil, err
	}
	citing := map[uint32][]string{}
	for r, err := range datasets.DraftRelations.Scan(store.Path(m)) {
		if err != nil {
			return nil, err
		}
		if r.Relation == "normative" && r.TargetNumber > 0 {
			citing[r.TargetNumber] = append(citing[r.TargetNumber], r.Source)
		}
	}
	return citing, nil
}

// Events returns the events since a day that concern one of the RFCs, oldest first; those of all RFCs if none is given.
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

// When returns the day under which an event is shown: its own, or that of the first snapshot that shows it.
func When(e *datasets.RFCEvent) time.Time {
	if e.Date != nil {
		return *e.Date
	}
	return e.Until
}
