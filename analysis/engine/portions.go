package engine

import (
	"context"

	"tidemark/datasets/table"
)

// QueryPortions runs a query over partitions of one dataset, and returns the rows of all days, in the order of these. Where partitions are
// elsewhere, so many days at a time are brought as storage has a cache for. What the query answers of a day must not depend on other days.
func QueryPortions(ctx context.Context, store *table.Store, s *table.Schema, partitions []*table.Manifest, query string, args ...any) (*table.Result, error) {
	all := &table.Result{}
	for _, portion := range store.Portions(partitions) {
		result, err := queryPortion(ctx, store, s, portion, query, args...)
		if err != nil {
			return nil, err
		}
		all.Columns, all.Rows = result.Columns, append(all.Rows, result.Rows...)
	}
	return all, nil
}

func queryPortion(ctx context.Context, store *table.Store, s *table.Schema, portion []*table.Manifest, query string, args ...any) (*table.Result, error) {
	wanted := map[string]bool{}
	for _, m := range portion {
		wanted[m.File] = true
	}
	e, err := Open(store, []*table.Schema{s}, Options{Only: func(m *table.Manifest) bool { return wanted[m.File] }})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	return e.Query(ctx, query, args...)
}
