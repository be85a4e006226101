package pipeline

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gofrs/flock"
	"golang.org/x/sync/errgroup"

	"tidemark/analysis/derive"
	"tidemark/datasets/table"
	"tidemark/pipeline/work"
)

// Worker decodes, derives and compacts beside other workers of the same data folder. It needs no session, may be killed at any moment, and does
// what others did before it without a difference: all give the bytes that a session would.
type Worker struct {
	*Pipeline
	alive   *flock.Flock
	copies  copies
	scratch string // folder of what the worker makes for a lake; empty: it works in the data folder
}

// BeginWork makes the process a worker. While a session sweeps, it waits; ErrLocked if that takes too long.
func (p *Pipeline) BeginWork(ctx context.Context) (*Worker, error) {
	if p.lake != nil {
		return p.beginLakeWork(ctx)
	}
	alive, err := p.come(ctx)
	if err != nil {
		return nil, err
	}
	own, files := *p, *p.files
	own.files = &files
	own.store = &table.Store{Dir: p.store.Dir, Program: p.store.Program, Log: p.store.Log, OnDamage: p.leaveOut, Reproducible: true}
	own.store.LoadCatalogue(p.catalogue())
	w := &Worker{Pipeline: &own, alive: alive}
	w.bringLazily(ctx, &w.copies)
	return w, nil
}

// End ends the worker.
func (w *Worker) End() {
	w.copies.close()
	if w.scratch != "" {
		w.endLakeWork()
	}
	w.alive.Unlock()
}

// WorkReport is what Do did.
type WorkReport struct {
	Report
	Made  int // files decoded, and partitions derived or compacted
	Stood int // that were there before, or are no longer wanted as they were listed
	Left  int // files that a failure of this machine kept from being decoded
}

// Do does units. What cannot be decoded is recorded for EndWork, and the rest goes on. An error means that work was left for which
// another machine, or a later time, may be better; table.ErrNotReproducible that a person has to look.
func (w *Worker) Do(ctx context.Context, units []work.Unit) (WorkReport, error) {
	d := doing{worker: w}
	if w.scratch != "" {
		if err := w.bringNotes(ctx, units); err != nil {
			return d.report, err
		}
	}
	if err := d.decode(ctx, units); err != nil {
		return d.report, err
	}
	if err := d.derive(ctx, units); err != nil {
		return d.report, err
	}
	if d.report.Left > 0 {
		return d.report, fmt.Errorf("%d files were left, for a reason of this machine (see above); start the shard again", d.report.Left)
	}
	return d.report, nil
}

// doing is a Do under way.
type doing struct {
	worker *Worker
	mu     sync.Mutex
	report WorkReport
}

func (d *doing) decode(ctx context.Context, units []work.Unit) error {
	w, wanted := d.worker, inputsOf(units)
	due, err := w.waiting(ctx, units, w.isStored)
	if err != nil {
		return err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(w.decodeWorkers())
	for _, u := range units {
		for _, in := range u.Inputs {
			if wanted[in.Name].Name == "" { // of a derivation, or named before
				continue
			}
			delete(wanted, in.Name)
			file, is := due[in.Name]
			if !is {
				d.stood(in)
				continue
			}
			group.Go(func() error { return d.one(groupCtx, file) })
		}
	}
	return group.Wait()
}

// stood counts a file that is not to be decoded. One that is not in the archive either is not where this machine looks.
func (d *doing) stood(in table.Input) {
	d.mu.Lock()
	defer d.mu.Unlock()
	raw, err := d.worker.files.ByID(in.Name)
	if err == nil && raw == nil {
		err = errors.New("it is not in the archive; is the data folder the one that was listed, and mounted?")
	}
	if err != nil {
		d.report.Left++
		d.report.Problems = append(d.report.Problems, d.worker.problem("cannot decode", in.Name, err))
		return
	}
	d.report.Stood++
}

// one decodes a file. Its error ends the work.
func (d *doing) one(ctx context.Context, file PendingFile) error {
	w, raw := d.worker, file.Raw
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var decoded Decoded
	kind, err := w.Kind(raw.Kind)
	if err == nil {
		decoded, err = DecodeFile(ctx, kind, raw, w.store, file.Stale...)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, table.ErrNotReproducible) {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err == nil {
		d.report.Made++
		d.report.Problems = append(d.report.Problems, w.logDecoded(raw, decoded)...)
		return w.leaveRaw(raw)
	}
	d.report.Problems = append(d.report.Problems, w.problem("cannot read", raw.ID(), err))
	if isLocalFailure(err) {
		d.report.Left++
		return nil
	}
	return w.tellFailure(ctx, newFailure(raw, w.store.Program, err))
}

func (d *doing) derive(ctx context.Context, units []work.Unit) error {
	w := d.worker
	w.store.Refresh()
	due, err := w.dueOf(w.store, units)
	if err != nil {
		return err
	}
	var tasks []derive.Task
	for _, u := range units {
		if u.Makes == "" {
			continue
		}
		if task, is := due[u.Makes]; is {
			tasks = append(tasks, task)
			delete(due, u.Makes)
		} else {
			d.report.Stood++
		}
	}
	failed := 0
	runner := derive.Runner{Workers: w.options.Workers, Fault: func(what string, err error) {
		d.mu.Lock()
		defer d.mu.Unlock()
		failed++
		d.report.Problems = append(d.report.Problems, w.problem(what, "", err))
	}}
	if err := runner.Make(ctx, w.store, tasks); err != nil {
		return err
	}
	d.report.Made += len(tasks) - failed
	return nil
}
