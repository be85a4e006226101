package history

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// DraftSnapshot is the partitions of one day's answers of the Datatracker.
type DraftSnapshot struct {
	Drafts    *table.Manifest
	Relations *table.Manifest // nil: no relations of that day are at hand
}

// DraftSnapshots returns the snapshots of the drafts, oldest first.
func DraftSnapshots(store *table.Store) (all []DraftSnapshot, err error) {
	drafts, err := store.Manifests(datasets.Drafts.Schema)
	if err != nil {
		return nil, err
	}
	relations, err := store.Manifests(datasets.DraftRelations.Schema)
	if err != nil {
		return nil, err
	}
	for _, d := range drafts {
		all = append(all, DraftSnapshot{d, relationsBeside(relations, d)})
	}
	return all, nil
}

// relationsBeside returns the partition that was made of the same answers; nil if there is none.
func relationsBeside(relations []*table.Manifest, drafts *table.Manifest) *table.Manifest {
	for _, r := range relations {
		if r.Day().Equal(drafts.Day()) && r.Name() == drafts.Name() {
			return r
		}
	}
	return nil
}

// Manifests returns the partitions of the snapshot.
func (s DraftSnapshot) Manifests() []*table.Manifest {
	if s.Relations == nil {
		return []*table.Manifest{s.Drafts}
	}
	return []*table.Manifest{s.Drafts, s.Relations}
}

// Read returns the drafts and relations of the snapshot.
func (s DraftSnapshot) Read(store *table.Store) (drafts []datasets.Draft, relations []datasets.DraftRelation, err error) {
	for d, err := range datasets.Drafts.Scan(store.Path(s.Drafts)) {
		if err != nil {
			return nil, nil, err
		}
		drafts = append(drafts, d)
	}
	if s.Relations == nil {
		return drafts, nil, nil
	}
	for r, err := range datasets.DraftRelations.Scan(store.Path(s.Relations)) {
		if err != nil {
			return nil, nil, err
		}
		relations = append(relations, r)
	}
	return drafts, relations, nil
}
