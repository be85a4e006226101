package pipeline

import (
	"context"
	"fmt"
	"os"
	"slices"

	"tidemark/analysis/derive"
	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/pipeline/work"
)

// BeginCoordinating begins a session that lists work or ends it. In a lake that is one of BeginMirrored, as the workers' commits are there.
func (p *Pipeline) BeginCoordinating(ctx context.Context) (*Session, context.Context, error) {
	if p.lake != nil {
		return p.BeginMirrored(ctx)
	}
	return p.Begin(ctx)
}

// List returns the units of what is to be decoded, derived or compacted now, the largest first. Of derivations these are the ones whose inputs are
// final: when they are made, there may be others.
func (s *Session) List(ctx context.Context, does string) ([]work.Unit, error) {
	units, err := s.list(ctx, does)
	return units, s.step(nil, err)
}

func (s *Session) list(ctx context.Context, does string) (units []work.Unit, err error) {
	if err := os.MkdirAll(s.workersDir(), 0o755); err != nil { // where workers look whether this is the folder
		return nil, err
	}
	switch does {
	case work.Decode:
		due, _, err := s.pending(ctx, s.copies.stored)
		if err != nil {
			return nil, err
		}
		units = s.decodeUnits(due)
	case work.Derive, work.Compact:
		due, err := s.due(s.store, does)
		if err != nil {
			return nil, err
		}
		for _, t := range due {
			units = append(units, work.Unit{Does: does, Makes: t.Makes(), Program: s.store.Program, Inputs: t.Inputs})
		}
	default:
		return nil, &UnknownError{"no work is called", does, work.Kinds()}
	}
	work.Sort(units)
	return units, ctx.Err()
}

// due returns the jobs of derivations that are to be made now, or those that compact what no derivation is to make anew.
func (p *Pipeline) due(store *table.Store, does string) ([]derive.Task, error) {
	derivations := p.options.Derivations(p.files)
	if does == work.Derive {
		return derive.Runner{}.Due(store, derivations)
	}
	compactions := derive.Compactions(datasets.All())
	due, err := derive.Runner{}.Due(store, append(derivations, compactions...))
	return slices.DeleteFunc(due, func(t derive.Task) bool {
		return !slices.ContainsFunc(compactions, func(c derive.Derivation) bool { return c.Of == t.Of })
	}), err
}

// decodeUnits returns a unit for each file, and one for all files of a bundle.
func (p *Pipeline) decodeUnits(due []PendingFile) (units []work.Unit) {
	bundles := map[string]int{} // by kind, collector and name, to the unit
	for _, file := range due {
		raw := file.Raw
		of := p.bundle(raw)
		if at, is := bundles[of]; of != "" && is {
			units[at].Inputs = append(units[at].Inputs, raw.Input())
			continue
		}
		bundles[of] = len(units)
		units = append(units, work.Unit{Does: work.Decode, Program: p.store.Program, Inputs: []table.Input{raw.Input()}})
	}
	return units
}

func (p *Pipeline) bundle(raw archive.Raw) string {
	kind, err := p.Kind(raw.Kind)
	if bundles, is := kind.(collectors.Bundles); err == nil && is {
		if name := bundles.BundleOf(raw); name != "" {
			return raw.Kind + "/" + raw.Collector + "/" + name
		}
	}
	return ""
}

// EndReport is what EndWork found.
type EndReport struct {
	Report
	Units   int // in the list
	Missing int // of these are not done
}

// EndWork records what workers could not decode, removes what killed ones left, and counts the units that are not done. It is
// ErrWorkers while a worker is alive.
func (s *Session) EndWork(ctx context.Context, units []work.Unit) (EndReport, error) {
	r, err := s.endWork(ctx, units)
	return r, s.step(r.Problems, err)
}

func (s *Session) endWork(ctx context.Context, units []work.Unit) (report EndReport, err error) {
	report.Units = len(units)
	if err := s.sweepAlone(); err != nil {
		return report, err
	}
	if err := s.bringFailures(ctx); err != nil {
		return report, err
	}
	if report.Report, err = s.takeFailures(); err != nil {
		return report, err
	}
	missing, err := s.missing(ctx, units)
	if err != nil {
		return report, err
	}
	if report.Missing = missing; missing > 0 {
		report.Problems = append(report.Problems, s.problem("work is not done", "", fmt.Errorf("%d of %d units are missing; start their shards again, or list again", missing, len(units))))
	}
	return report, nil
}

// missing returns how many units are not done, and takes the sources of what was decoded for well.
func (s *Session) missing(ctx context.Context, units []work.Unit) (missing int, err error) {
	decoding, err := s.waiting(ctx, units, s.copies.stored)
	if err != nil {
		return 0, err
	}
	deriving, err := s.dueOf(s.store, units)
	if err != nil {
		return 0, err
	}
	for _, u := range units {
		_, due := deriving[u.Makes]
		if due || slices.ContainsFunc(u.Inputs, func(in table.Input) bool { _, waits := decoding[in.Name]; return waits }) {
			missing++
		}
	}
	return missing, s.acceptDecoded(units, decoding)
}

// waiting returns the files of units that are to be decoded, by ID, as far as they are those that were listed. stored is as of pending.
func (p *Pipeline) waiting(ctx context.Context, units []work.Unit, stored func(archive.Raw) bool) (files map[string]PendingFile, err error) {
	wanted := inputsOf(units)
	if len(wanted) == 0 {
		return nil, nil
	}
	due, _, err := p.pending(ctx, stored)
	files = map[string]PendingFile{}
	for _, file := range due {
		if wanted[file.Raw.ID()] == file.Raw.Input() {
			files[file.Raw.ID()] = file
		}
	}
	return files, err
}

// inputsOf returns what is decoded by units, by ID.
func inputsOf(units []work.Unit) map[string]table.Input {
	inputs := map[string]table.Input{}
	for _, u := range units {
		if u.Does == work.Decode {
			for _, in := range u.Inputs {
				inputs[in.Name] = in
			}
		}
	}
	return inputs
}

// dueOf returns the jobs of units that are to be made, by the partition that they make, as far as their inputs are those that were listed:
// what other workers have made since may be an input too, and then the next list has the job.
func (p *Pipeline) dueOf(store *table.Store, units []work.Unit) (map[string]derive.Task, error) {
	tasks := map[string]derive.Task{}
	for _, does := range []string{work.Derive, work.Compact} {
		wanted := map[string][]table.Input{}
		for _, u := range units {
			if u.Does == does {
				wanted[u.Makes] = u.Inputs
			}
		}
		if len(wanted) == 0 {
			continue
		}
		due, err := p.due(store, does)
		if err != nil {
			return nil, err
		}
		for _, t := range due {
			if slices.Equal(wanted[t.Makes()], t.Inputs) {
				tasks[t.Makes()] = t
			}
		}
	}
	return tasks, nil
}

// acceptDecoded records that what the sources of decoded files gave was of use.
func (s *Session) acceptDecoded(units []work.Unit, waiting map[string]PendingFile) error {
	wanted := inputsOf(units)
	if len(wanted) == 0 {
		return nil
	}
	unreadable, err := s.unreadable()
	if err != nil {
		return err
	}
	d := decoding{session: s, sources: s.sourcesState()}
	for raw, err := range s.files.All("") {
		if err != nil {
			return err
		}
		_, is := wanted[raw.ID()]
		_, waits := waiting[raw.ID()]
		_, failed := unreadable[raw.ID()]
		if is && !waits && !failed {
			d.accept(raw)
		}
	}
	return d.saveSources()
}
