// Package derive makes the derived datasets: joins that need longest match or history, a derivation a file. A derived
// partition names the hashes of its inputs; it is made again when one of them changes or a better one arrives late.
package derive

import (
	"context"
	"fmt"
	"log/slog"

	"tidemark/datasets/table"
)

// Derivation makes one derived dataset.
type Derivation struct {
	Of   *table.Schema
	Plan func(store *table.Store) ([]Job, error) // every partition that there should be now
}

// Job makes one partition. Run is a pure function of the inputs.
type Job struct {
	Key    table.Key
	Inputs []table.Input
	Run    func(ctx context.Context, into *table.Commit) error
}

// Run makes what is missing or was made from other inputs, and removes partitions that nothing plans any more. It
// returns how many partitions it made or removed.
func Run(ctx context.Context, store *table.Store, all []Derivation) (changed int, err error) {
	for _, d := range all {
		jobs, err := d.Plan(store)
		if err != nil {
			return changed, fmt.Errorf("planning %s: %w", d.Of.Name, err)
		}
		planned := map[string]bool{}
		for _, job := range jobs {
			planned[d.Of.File(job.Key)] = true
			fresh, err := store.UpToDate(d.Of, job.Key, job.Inputs)
			if err != nil {
				return changed, err
			}
			if fresh {
				continue
			}
			if err := ctx.Err(); err != nil {
				return changed, err
			}
			slog.Info("deriving", "dataset", d.Of.Name, "partition", job.Key.Name)
			if err := run(ctx, store, job); err != nil {
				return changed, fmt.Errorf("deriving %s of %s: %w", d.Of.Name, job.Key.Name, err)
			}
			changed++
		}
		present, err := store.Manifests(d.Of)
		if err != nil {
			return changed, err
		}
		for _, m := range present {
			if planned[m.File] {
				continue
			}
			if err := store.Remove(m); err != nil {
				return changed, err
			}
			changed++
		}
	}
	return changed, nil
}

func run(ctx context.Context, store *table.Store, job Job) error {
	into := store.Begin(job.Inputs...)
	defer into.Abort()
	if err := job.Run(ctx, into); err != nil {
		return err
	}
	_, err := into.Commit()
	return err
}
