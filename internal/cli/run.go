package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"tidemark/internal/fetch"
	"tidemark/pipeline/journal"
)

type runVerb struct{}

// Run collects, analyses and renders, and keeps a record of it.
func (runVerb) Run(env *environment) error {
	return env.locked(func() error { return env.mirrored(env.run) })
}

func (env *environment) run() error {
	r := &journal.Run{Start: env.now().UTC().Truncate(time.Second), Program: env.store.Program, Seconds: map[string]float64{}}
	if err := env.journal().Begin(r); err != nil {
		slog.Warn("the journal of runs", "error", err)
	}
	env.ping("/start")
	err := env.steps(r)
	r.Outcome = journal.Done
	switch {
	case errors.Is(err, errPartly):
		r.Outcome = journal.Partly
	case err != nil && env.ctx.Err() != nil:
		r.Outcome = journal.Stopped
	case err != nil:
		r.Outcome, r.Error = journal.Failed, err.Error()
	}
	if err != nil && r.Outcome != journal.Partly {
		if e := env.journal().Keep(r); e != nil {
			slog.Warn("the journal of runs", "error", e)
		}
	}
	if e := env.journal().End(r); e != nil {
		slog.Warn("the journal of runs", "error", e)
	}
	if e := env.metrics(r); e != nil {
		slog.Warn("the metrics file", "error", e)
	}
	if r.Outcome == journal.Failed || len(r.Alerts) > 0 {
		env.ping("/fail")
	} else {
		env.ping("")
	}
	return err
}

// steps are the parts of a run. What fails in one part does not keep the next from working on what is there.
func (env *environment) steps(r *journal.Run) (err error) {
	var partly error
	part := func(name string, f func() error) error {
		begun := time.Now()
		err := f()
		r.Seconds[name] = time.Since(begun).Seconds()
		if errors.Is(err, errPartly) {
			partly, err = err, nil
		}
		return err
	}
	if err := part("collect", func() error {
		results, err := env.collect(nil)
		for _, s := range results {
			if s.New+s.Failed+s.Left > 0 {
				r.Sources = append(r.Sources, s)
			}
		}
		return err
	}); err != nil {
		return err
	}
	if err := part("decode", func() (err error) {
		r.Decoded, err = env.decode()
		return err
	}); err != nil {
		return err
	}
	complete := r.Decoded == 0 && env.complete()
	later := false
	if next := env.publishes(); !complete && next.After(env.now()) {
		slog.Info("what is new is answered and published later", "at", next)
		complete, later = true, true
	}
	if !complete {
		if err := part("analyse", func() (err error) {
			r.Derived, r.Answers, err = env.analyse(nil)
			return err
		}); err != nil {
			return err
		}
	}
	if !later { // a derivation may need the raw bytes still
		if r.Cleared, err = env.clear(); err != nil {
			return err
		}
	}
	if r.Alerts, err = env.raise(complete); err != nil {
		return err
	}
	for _, a := range r.Alerts {
		slog.Error(a.Text, "alert", a.Kind)
		partly = errPartly
	}
	r.Outcome = journal.Done
	if partly != nil {
		r.Outcome = journal.Partly
	}
	if err := env.journal().Keep(r); err != nil { // before the site is made: it tells of this run
		return err
	}
	if !complete || !r.Quiet() && env.config.Run.PublishEvery.IsZero() {
		if err := part("render", func() (err error) {
			r.Published, err = env.render()
			return err
		}); err != nil {
			return err
		}
	}
	if r.Quiet() {
		slog.Info("nothing was due")
	}
	fmt.Fprintf(env.stdout, "The site is at %s\n", filepath.Join(abs(env.siteDir()), "index.html"))
	if !complete || r.Published > 0 {
		if err := env.setComplete(); err != nil {
			return err
		}
	}
	return partly
}

// ping tells the configured URL how the run stands. That it cannot be told is no reason to fail.
func (env *environment) ping(how string) {
	if env.config.Run.Ping == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(env.ctx), 10*time.Second)
	defer cancel()
	if _, _, err := env.archive.Client.Read(ctx, env.config.Run.Ping+how, fetch.Validators{}); err != nil {
		slog.Warn("the ping failed", "error", err)
	}
}
