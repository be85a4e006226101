package site

import (
	"slices"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Watched reads what the newest index snapshot and all events say of the given documents.
func Watched(store *table.Store, numbers []int) ([]*RFC, error) {
	watched := make([]*RFC, len(numbers))
	byNumber := map[int]*RFC{}
	for i, n := range numbers {
		watched[i] = &RFC{Number: n}
		byNumber[n] = watched[i]
	}
	snapshots, err := store.Manifests(datasets.RFCs.Schema)
	if err != nil {
		return nil, err
	}
	if len(snapshots) > 0 {
		newest := snapshots[len(snapshots)-1]
		entries := map[int]datasets.RFC{}
		for row, err := range datasets.RFCs.Scan(store.Path(newest)) {
			if err != nil {
				return nil, err
			}
			entries[int(row.Number)] = row
		}
		stated, err := store.Manifests(datasets.RFCRelations.Schema)
		if err != nil {
			return nil, err
		}
		stated = slices.DeleteFunc(stated, func(m *table.Manifest) bool { return !slices.Equal(m.Inputs, newest.Inputs) })
		for _, r := range watched {
			if entry, ok := entries[r.Number]; ok {
				r.Entry = &entry
			}
			r.From = append(r.From, newest)
			r.From = append(r.From, stated...)
		}
		for _, m := range stated {
			for row, err := range datasets.RFCRelations.Scan(store.Path(m)) {
				if err != nil {
					return nil, err
				}
				for here, there := range map[int]int{int(row.Number): int(row.TargetNumber), int(row.TargetNumber): int(row.Number)} {
					r := byNumber[here]
					if r == nil {
						continue
					}
					r.Relations = append(r.Relations, row)
					if other, ok := entries[there]; ok && !slices.ContainsFunc(r.Related, func(x datasets.RFC) bool { return x.Number == other.Number }) {
						r.Related = append(r.Related, other)
					}
				}
			}
		}
	}
	changes, err := store.Manifests(datasets.RFCEvents.Schema)
	if err != nil {
		return nil, err
	}
	for _, m := range changes {
		for row, err := range datasets.RFCEvents.Scan(store.Path(m)) {
			if err != nil {
				return nil, err
			}
			if r := byNumber[int(row.Number)]; r != nil {
				r.Events = append(r.Events, row)
			}
		}
		for _, r := range watched {
			r.From = append(r.From, m)
		}
	}
	return watched, nil
}
