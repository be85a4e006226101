package cli

import (
	"errors"
	"fmt"
	"log/slog"

	"tidemark/internal/suggest"

	"tidemark/collectors"
	"tidemark/pipeline/schedule"
)

type collectVerb struct {
	Source []string `arg:"" optional:"" complete:"sources" help:"Names of sources in the configuration (default: all)."`
}

// Run fetches and decodes. A source that is named is asked whatever the schedule says.
func (v *collectVerb) Run(env *environment) error {
	return env.locked(func() error {
		_, err := env.collect(v.Source)
		partly := errors.Is(err, errPartly)
		if err != nil && !partly {
			return err
		}
		if _, err := env.decode(); err != nil {
			return err
		}
		if partly {
			return errPartly
		}
		return nil
	})
}

// collect brings what is due of the named sources, of all where none is named, within the run's budget. It tells what became
// of each.
func (env *environment) collect(names []string) ([]schedule.Result, error) {
	tasks, err := env.tasks(names)
	if err != nil {
		return nil, err
	}
	if len(tasks) == 0 {
		slog.Info("no source is configured; examples/live.toml shows how")
	}
	state, err := schedule.Load(env.sourcesFile())
	if err != nil {
		slog.Warn(err.Error())
	}
	plan, err := schedule.Plan(env.ctx, tasks, state, env.now(), env.archive, len(names) > 0)
	if err != nil {
		return nil, err
	}
	results, err := schedule.Run(env.ctx, plan, state, env.config.Run.Budget, env.now, env.archive)
	if e := state.Save(env.sourcesFile()); err == nil {
		err = e
	}
	partly := false
	for _, r := range results {
		if r.Err() != nil {
			report("source "+r.Source, r.Err())
			partly = true
		}
		if r.New > 0 || r.Left > 0 {
			slog.Info("fetched", "source", r.Source, "new", r.New, "unchanged", r.Unchanged, "bytes", r.Bytes, "left", r.Left)
		}
	}
	if err == nil && partly {
		err = errPartly
	}
	return results, err
}

// tasks are the named sources with their collectors, all where none is named.
func (env *environment) tasks(names []string) (tasks []schedule.Task, err error) {
	sources, err := env.pick(names)
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		c, err := collectorOf(s.Kind)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, schedule.Task{Source: s, Collector: c})
	}
	return tasks, nil
}

func (env *environment) pick(names []string) ([]collectors.Source, error) {
	if len(names) == 0 {
		return env.sources, nil
	}
	var picked []collectors.Source
	var known []string
	byName := map[string]collectors.Source{}
	for _, s := range env.sources {
		byName[s.Name] = s
		known = append(known, s.Name)
	}
	for _, name := range names {
		s, ok := byName[name]
		if !ok {
			return nil, usageError{fmt.Errorf("no source is called %q%s", name, suggest.Near(name, known))}
		}
		picked = append(picked, s)
	}
	return picked, nil
}
