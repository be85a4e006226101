// Package derive makes the derived datasets: joins that need longest match or history, a derivation a file. A derived
// partition names the hashes of its inputs; it is made again when one of them changes or a better one arrives late.
package derive

import (
	"context"
	"fmt"
	"log/slog"

	"golang.org/x/sync/errgroup"

	"tidemark/datasets/table"
)

// Derivation makes a derived dataset, and perhaps others on the way.
type Derivation struct {
	Of   *table.Schema
	With []*table.Schema                         // made in the same jobs, under the same keys
	Plan func(store *table.Store) ([]Job, error) // every partition that there should be now
}

// Job makes one partition of each dataset of its derivation. Run is a pure function of the inputs.
type Job struct {
	Key    table.Key
	Inputs []table.Input
	Run    func(ctx context.Context, into *table.Commit) error
}

// workers is how many jobs run side by side; each streams its inputs.
const workers = 2

// Run makes what is missing or was made from other inputs, and removes partitions that nothing plans any more. It
// returns how many partitions of the derivations' own datasets it made or removed.
func Run(ctx context.Context, store *table.Store, all []Derivation) (changed int, err error) {
	for _, d := range all {
		n, err := d.run(ctx, store)
		if changed += n; err != nil {
			return changed, err
		}
	}
	return changed, nil
}

func (d *Derivation) run(ctx context.Context, store *table.Store) (changed int, err error) {
	jobs, err := d.Plan(store)
	if err != nil {
		return 0, fmt.Errorf("planning %s: %w", d.Of.Name, err)
	}
	made := append([]*table.Schema{d.Of}, d.With...)
	planned := map[string]bool{}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for _, job := range jobs {
		fresh := true
		for _, schema := range made {
			planned[schema.File(job.Key)] = true
			is, err := store.UpToDate(schema, job.Key, job.Inputs)
			if err != nil {
				group.Wait()
				return changed, err
			}
			fresh = fresh && is
		}
		if fresh {
			continue
		}
		changed++
		group.Go(func() error {
			if err := groupCtx.Err(); err != nil {
				return err
			}
			slog.Info("deriving", "dataset", d.Of.Name, "partition", job.Key.Name)
			if err := run(groupCtx, store, job); err != nil {
				return fmt.Errorf("deriving %s of %s: %w", d.Of.Name, job.Key.Name, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return changed, err
	}
	for _, schema := range made {
		present, err := store.Manifests(schema)
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
			if schema == d.Of {
				changed++
			}
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
