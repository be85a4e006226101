// Package derive makes the derived datasets: joins that need longest match or history, a derivation a file. A derived
// partition names the hashes of its inputs; it is made again when one of them changes or a better one arrives late.
package derive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"tidemark/datasets/table"
	"tidemark/internal/fault"
	"tidemark/internal/machine"
)

// Derivation makes a derived dataset, and perhaps others on the way.
//
// Plan reads manifests only, needs no lock and changes nothing: any process may call it.
type Derivation struct {
	Of   *table.Schema
	With []*table.Schema                         // made in the same jobs, under the same keys
	Plan func(store *table.Store) ([]Job, error) // every partition that there should be now
}

// Job makes one partition of each dataset of its derivation. Run is a pure function of the inputs.
type Job struct {
	Key    table.Key
	Inputs []table.Input
	Memory int64 // bytes that Run takes, estimated; 0: as most jobs
	Run    func(ctx context.Context, into *table.Commit) error
}

// Make runs the job and commits its partitions to the store. It needs no lock, as a commit is atomic, and jobs of different
// keys or derivations may be made at the same time by different processes; made again, a job gives the same bytes. One job
// must not be made twice at once: its temporary files have fixed names.
func (j Job) Make(ctx context.Context, store *table.Store) error {
	into := store.Begin(j.Inputs...)
	defer into.Abort()
	if err := j.Run(ctx, into); err != nil {
		return err
	}
	_, err := into.Commit()
	return err
}

// Runner makes derived datasets. The zero Runner is ready.
type Runner struct {
	// Fault is told of a derivation, or one of its partitions, in which the program has a fault; the others go on. nil: the
	// fault is the error of Run.
	Fault func(what string, err error)

	Workers int   // jobs that run at the same time, as far as the memory allows; 0: one for each core
	Memory  int64 // bytes that the jobs which run at the same time may take by their estimates; 0: three quarters of the machine's
}

// Run makes derived datasets with the zero Runner.
func Run(ctx context.Context, store *table.Store, all []Derivation) (changed int, err error) {
	return Runner{}.Run(ctx, store, all)
}

// Run makes or renews every partition that is missing or was made from other inputs, and removes those that no derivation
// plans any longer. A partition of another installation stays as long as nothing that was measured here would be an input of it: what it
// was made from may not all be here. It returns how many partitions of the derivations' own datasets it made or removed.
func (r Runner) Run(ctx context.Context, store *table.Store, all []Derivation) (changed int, err error) {
	for _, d := range all {
		n, err := r.run(ctx, store, d)
		if changed += n; err != nil {
			return changed, err
		}
	}
	return changed, nil
}

func (r Runner) memory() int64 {
	return cmp.Or(r.Memory, machine.Memory()/4*3, unknownMemory)
}

func (r Runner) run(ctx context.Context, store *table.Store, d Derivation) (changed int, err error) {
	var jobs []Job
	err = fault.Caught(func() (err error) {
		jobs, err = d.Plan(store)
		return err
	})
	if err != nil {
		return 0, r.unlessFault("planning "+d.Of.Name, err)
	}
	due, err := d.due(store, jobs)
	if err != nil {
		return 0, err
	}
	log := logOf(store)
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(cmp.Or(r.Workers, runtime.GOMAXPROCS(0)))
	memory := r.memory()
	left := semaphore.NewWeighted(memory)
	for _, job := range due {
		group.Go(func() error {
			takes := min(cmp.Or(job.Memory, typicalMemory), memory) // a job that takes more than there is runs alone
			if err := left.Acquire(groupCtx, takes); err != nil {
				return err
			}
			defer left.Release(takes)
			raiseHeapGoal(job.Memory)
			defer raiseHeapGoal(-job.Memory)
			log.Info("deriving", "dataset", d.Of.Name, "partition", job.Key.Name)
			if err := fault.Caught(func() error { return job.Make(groupCtx, store) }); err != nil {
				return r.unlessFault(fmt.Sprintf("deriving %s of %s", d.Of.Name, job.Key.Name), err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return len(due), err
	}
	removed, err := d.removeUnplanned(store, jobs)
	return len(due) + removed, err
}

// logOf returns the store's logger, or one that logs nothing.
func logOf(store *table.Store) *slog.Logger {
	if store.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return store.Log
}

// unlessFault returns the error with what it is about, or nil if it is a fault that somebody was told of.
func (r Runner) unlessFault(what string, err error) error {
	var f *fault.Error
	if r.Fault != nil && errors.As(err, &f) {
		r.Fault(what, err)
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

func (d Derivation) schemas() []*table.Schema { return append([]*table.Schema{d.Of}, d.With...) }

// due returns the jobs of which a partition is missing or was made from other inputs.
func (d Derivation) due(store *table.Store, jobs []Job) (due []Job, err error) {
	for _, job := range jobs {
		fresh := true
		for _, schema := range d.schemas() {
			upToDate, err := store.UpToDate(schema, job.Key, job.Inputs)
			if err == nil && !upToDate {
				upToDate, err = adopted(store, schema, job)
			}
			if err != nil {
				return nil, err
			}
			fresh = fresh && upToDate
		}
		if !fresh {
			due = append(due, job)
		}
	}
	return due, nil
}

// adopted reports whether the store has the job's partition of a dataset from another installation, and would make it anew from
// nothing that is its own.
func adopted(store *table.Store, schema *table.Schema, job Job) (bool, error) {
	m, err := store.Manifest(schema, job.Key)
	if m == nil || m.MeasuredBy == nil || err != nil {
		return false, err
	}
	for _, in := range job.Inputs {
		if of, err := store.At(in.Name); err != nil || of != nil && of.MeasuredBy == nil {
			return false, err
		}
	}
	return true, nil
}

// removeUnplanned removes the partitions that no job makes, and returns how many of them are of the derivation's own dataset.
func (d Derivation) removeUnplanned(store *table.Store, jobs []Job) (removed int, err error) {
	for _, schema := range d.schemas() {
		planned := map[string]bool{}
		for _, job := range jobs {
			planned[schema.File(job.Key)] = true
		}
		present, err := store.Manifests(schema)
		if err != nil {
			return removed, err
		}
		for _, m := range present {
			if planned[m.File] || m.MeasuredBy != nil {
				continue
			}
			if err := store.Remove(m); err != nil {
				return removed, err
			}
			if schema == d.Of {
				removed++
			}
		}
	}
	return removed, nil
}
