package pipeline

import (
	"context"

	"tidemark/collectors"
	"tidemark/pipeline/schedule"
)

// CollectReport is what became of each source.
type CollectReport struct {
	Report
	Sources []schedule.Result
}

// Collect brings what is due of the named sources into the archive, of all where none is named, within the budget. A source
// that is named is asked whatever the schedule says.
func (s *Session) Collect(ctx context.Context, names ...string) (CollectReport, error) {
	r, err := s.collect(ctx, names)
	return r, s.step(r.Problems, err)
}

func (s *Session) collect(ctx context.Context, names []string) (report CollectReport, err error) {
	plan, state, err := s.plan(ctx, names)
	if err != nil {
		return report, err
	}
	if len(plan) == 0 {
		s.log.Info("no source is configured; examples/live.toml shows how")
	}
	report.Sources, err = schedule.Run(ctx, plan, state, s.options.Budget, s.options.Clock, s.files)
	if e := state.Save(s.sourcesFile()); err == nil {
		err = e
	}
	for _, r := range report.Sources {
		if r.Err() != nil {
			report.Problems = append(report.Problems, s.problem("source", r.Source, r.Err()))
		}
		if r.New > 0 || r.Left > 0 {
			s.log.Info("fetched", "source", r.Source, "new", r.New, "unchanged", r.Unchanged, "bytes", r.Bytes, "left", r.Left)
		}
	}
	return report, err
}

// plan asks the named sources what is due, all where none is named.
func (p *Pipeline) plan(ctx context.Context, names []string) ([]schedule.Planned, *schedule.State, error) {
	sources, err := p.pick(names)
	if err != nil {
		return nil, nil, err
	}
	var tasks []schedule.Task
	for _, s := range sources {
		kind, err := p.Kind(s.Kind)
		if err != nil {
			return nil, nil, err
		}
		tasks = append(tasks, schedule.Task{Source: s, Collector: kind})
	}
	state := p.sourcesState()
	plan, err := schedule.Plan(ctx, tasks, state, p.now(), p.files, len(names) > 0)
	return plan, state, err
}

// pick returns the sources of those names, all where none is given.
func (p *Pipeline) pick(names []string) ([]collectors.Source, error) {
	if len(names) == 0 {
		return p.options.Sources, nil
	}
	byName := map[string]collectors.Source{}
	var known []string
	for _, s := range p.options.Sources {
		byName[s.Name] = s
		known = append(known, s.Name)
	}
	var picked []collectors.Source
	for _, name := range names {
		s, ok := byName[name]
		if !ok {
			return nil, &UnknownError{"no source is called", name, known}
		}
		picked = append(picked, s)
	}
	return picked, nil
}
