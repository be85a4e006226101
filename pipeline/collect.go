package pipeline

import (
	"context"
	"time"

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
	if err := s.checkClock(); err != nil {
		return CollectReport{}, s.step(nil, err)
	}
	r, err := s.collect(ctx, names)
	return r, s.step(r.Problems, err)
}

func (s *Session) collect(ctx context.Context, names []string) (report CollectReport, err error) {
	begun := time.Now()
	tasks, err := s.tasks(names)
	if err != nil {
		return report, err
	}
	state := s.sourcesState()
	if state.Meet(tasks, s.now()) { // saved also for a run that does not come to ask them
		if err := state.Save(s.sourcesFile()); err != nil {
			return report, err
		}
	}
	plan, err := s.plan(ctx, tasks, state, len(names) > 0)
	if err != nil {
		return report, err
	}
	if len(plan) == 0 {
		s.log.Info("no source is configured; examples/live.toml shows how")
	}
	budget := s.options.Budget
	if budget.Time > 0 {
		budget.Time = max(budget.Time-time.Since(begun), 1)
	}
	report.Sources, err = schedule.Run(ctx, plan, state, budget, s.options.Clock, s.files)
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

// tasks returns the named sources with their kinds, all where none is named.
func (p *Pipeline) tasks(names []string) (tasks []schedule.Task, err error) {
	sources, err := p.pick(names)
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		kind, err := p.Kind(s.Kind)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, schedule.Task{Source: s, Collector: kind})
	}
	return tasks, nil
}

// plan asks the sources what is due; named ones whatever the schedule says.
func (p *Pipeline) plan(ctx context.Context, tasks []schedule.Task, state *schedule.State, named bool) ([]schedule.Planned, error) {
	return schedule.Plan(ctx, tasks, state, p.options.Budget, p.now(), p.files, named)
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
