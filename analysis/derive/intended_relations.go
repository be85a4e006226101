package derive

import (
	"cmp"
	"context"
	"slices"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/rfcwatch/history"
)

// IntendedRelations makes intended_relations: what each revision of an active draft would change, with the days on which the
// Datatracker showed it. It is one partition, because a text that arrives later tells what earlier snapshots did not.
var IntendedRelations = Derivation{Of: datasets.IntendedRelations.Schema, Plan: planIntendedRelations}

func planIntendedRelations(store *table.Store) ([]Job, error) {
	snapshots, err := history.DraftSnapshots(store)
	if err != nil || len(snapshots) == 0 {
		return nil, err
	}
	texts, err := store.Manifests(datasets.DraftHeaders.Schema)
	if err != nil {
		return nil, err
	}
	key := table.Key{Day: snapshots[len(snapshots)-1].Drafts.Day(), Name: "intended"}
	return []Job{{Key: key, Inputs: draftInputs(snapshots, texts), Run: func(_ context.Context, into *table.Commit) error {
		rows, err := intendedRelations(store, snapshots)
		if err != nil {
			return err
		}
		out, err := datasets.IntendedRelations.Create(into, key)
		if err != nil {
			return err
		}
		out.Unit = "revision and RFC"
		out.See(len(rows))
		out.Keep(len(rows))
		return out.Append(rows...)
	}}}, nil
}

// intendedRelations returns the rows of all snapshots: a row for each revision, RFC and relation, with its first and last day.
func intendedRelations(store *table.Store, snapshots []history.DraftSnapshot) ([]datasets.IntendedRelation, error) {
	headers, _, err := history.ReadHeaders(store)
	if err != nil {
		return nil, err
	}
	type change struct {
		draft, revision, relation string
		rfc                       uint32
	}
	rows := map[change]datasets.IntendedRelation{}
	for _, snapshot := range snapshots {
		drafts, relations, err := snapshot.Read(store)
		if err != nil {
			return nil, err
		}
		for _, r := range history.Intended(drafts, relations, headers) {
			of := change{r.Draft, r.Revision, r.Relation, r.RFC}
			r.FirstSeen, r.LastSeen = snapshot.Drafts.Day(), snapshot.Drafts.Day()
			if earlier, is := rows[of]; is {
				r.FirstSeen = earlier.FirstSeen
			}
			rows[of] = r
		}
	}
	all := make([]datasets.IntendedRelation, 0, len(rows))
	for _, r := range rows {
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b datasets.IntendedRelation) int {
		return cmp.Or(cmp.Compare(a.Draft, b.Draft), cmp.Compare(a.Revision, b.Revision), cmp.Compare(a.RFC, b.RFC), cmp.Compare(a.Relation, b.Relation))
	})
	return all, nil
}
