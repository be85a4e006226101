package site

import (
	"cmp"
	"fmt"
	"slices"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Watched reads what the store knows of the documents with these numbers, in their order. Entry and relations are those
// of the newest snapshot of the index that the events were derived from: one that lost documents takes no part in them.
func Watched(store *table.Store, numbers []int) ([]*RFC, error) {
	all := make([]*RFC, len(numbers))
	byNumber := map[uint32]*RFC{}
	for i, n := range numbers {
		if n < 1 || byNumber[uint32(n)] != nil {
			return nil, fmt.Errorf("RFC %d cannot be watched: give each number from 1 once", n)
		}
		all[i] = &RFC{Number: n}
		byNumber[uint32(n)] = all[i]
	}
	events, err := store.Manifests(datasets.RFCEvents.Schema)
	if err != nil {
		return nil, err
	}
	entries, err := newestIn(store, datasets.RFCs.Schema, events)
	if err != nil {
		return nil, err
	}
	relations, err := newestIn(store, datasets.RFCRelations.Schema, events)
	if err != nil {
		return nil, err
	}
	related := map[uint32]map[uint32]bool{} // by the other document, the watched ones
	relate := func(watched, other uint32, r datasets.RFCRelation) {
		if w := byNumber[watched]; w != nil {
			w.Relations = append(w.Relations, r)
			if related[other] == nil {
				related[other] = map[uint32]bool{}
			}
			related[other][watched] = true
		}
	}
	for r, err := range datasets.RFCRelations.Scan(paths(store, relations)...) {
		if err != nil {
			return nil, err
		}
		relate(r.Number, r.TargetNumber, r)
		if r.TargetNumber != r.Number {
			relate(r.TargetNumber, r.Number, r)
		}
	}
	for e, err := range datasets.RFCs.Scan(paths(store, entries)...) {
		if err != nil {
			return nil, err
		}
		if w := byNumber[e.Number]; w != nil {
			w.Entry = &e
		}
		for n := range related[e.Number] {
			byNumber[n].Related = append(byNumber[n].Related, e)
		}
	}
	for e, err := range datasets.RFCEvents.Scan(paths(store, events)...) {
		if err != nil {
			return nil, err
		}
		if w := byNumber[e.Number]; w != nil {
			w.Events = append(w.Events, e)
		}
	}
	for _, w := range all {
		slices.SortStableFunc(w.Events, func(a, b datasets.RFCEvent) int { return cmp.Compare(a.Until.Unix(), b.Until.Unix()) })
		w.From = slices.Concat(entries, relations, events)
	}
	return all, nil
}

// newestIn is the newest partition that the derived ones were made from; where there are none, the newest of all.
func newestIn(store *table.Store, of *table.Schema, derived []*table.Manifest) ([]*table.Manifest, error) {
	all, err := store.Manifests(of)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	used := map[string]bool{}
	for _, m := range derived {
		for _, in := range m.Inputs {
			used[in.Name] = true
		}
	}
	for _, m := range slices.Backward(all) {
		if used[m.File] {
			return []*table.Manifest{m}, nil
		}
	}
	return all[len(all)-1:], nil
}

func paths(store *table.Store, of []*table.Manifest) []string {
	all := make([]string, len(of))
	for i, m := range of {
		all[i] = store.Path(m)
	}
	return all
}
