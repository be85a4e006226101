// Package collect lets tests collect a source without the schedule.
package collect

import (
	"context"
	"errors"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
)

// All fetches everything that is due of a source, without the schedule. An item that fails does not stop the others;
// the errors are joined.
func All(ctx context.Context, kind collectors.Kind, from collectors.Source, now time.Time, store *archive.Archive) (collectors.Fetched, error) {
	items, err := kind.Due(ctx, from, now, store)
	errs := []error{err}
	var all collectors.Fetched
	for _, item := range items {
		if err := ctx.Err(); err != nil {
			return all, err
		}
		done, err := kind.Fetch(ctx, from, item, store)
		all.New += done.New
		all.Unchanged += done.Unchanged
		all.Bytes += done.Bytes
		errs = append(errs, err)
	}
	return all, errors.Join(errs...)
}
