package main

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"tidemark/collectors"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// decodeWorkers decode files side by side; each holds one dump's routes in memory.
const decodeWorkers = 2

type collectVerb struct {
	Source []string `arg:"" optional:"" complete:"sources" help:"Names of sources in the configuration (default: all)."`
}

// Run fetches and decodes.
func (v *collectVerb) Run(env *environment) error {
	return env.locked(func() error {
		_, err := env.collect(v.Source)
		return err
	})
}

// collect fetches the named sources, all where none is named, and decodes what is not decoded yet. It tells whether
// anything was due.
func (env *environment) collect(names []string) (due bool, err error) {
	sources, err := env.pick(names)
	if err != nil {
		return false, err
	}
	if len(sources) == 0 {
		slog.Info("no source is configured; examples/live.toml shows how")
	}
	now := time.Now().UTC()
	failed := 0
	for _, s := range sources {
		c, err := collectorOf(s.Kind)
		if err != nil {
			return due, err
		}
		done, err := collectors.Collect(env.ctx, c, s, now, env.archive)
		if ctxErr := env.ctx.Err(); ctxErr != nil {
			return due, ctxErr
		}
		if err != nil {
			report("source "+s.Name, err)
			failed++
		}
		if done.New > 0 {
			due = true
			slog.Info("fetched", "source", s.Name, "new", done.New, "unchanged", done.Unchanged)
		}
	}
	decoded, err := env.decode()
	due = due || decoded > 0
	if err != nil {
		return due, err
	}
	if failed > 0 {
		return due, errPartly
	}
	return due, nil
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
			return nil, usageError{fmt.Errorf("no source is called %q%s", name, suggest(name, known))}
		}
		picked = append(picked, s)
	}
	return picked, nil
}

// decode turns every file of the archive that has no partitions yet into partitions. Files are independent: one that
// cannot be read is reported and the others go on.
func (env *environment) decode() (decoded int, err error) {
	files, err := env.archive.List("")
	if err != nil {
		return 0, err
	}
	done, err := env.decodedInputs()
	if err != nil {
		return 0, err
	}
	var due []collectors.Raw
	var bytes int64
	for _, raw := range files {
		known, seen := done[raw.ID()]
		switch {
		case seen && known[0].Inputs[0].SHA256 == raw.SHA256 && known[0].Inputs[0].With == raw.Input().With && len(known) == 1+len(known[0].Together):
			continue
		case seen: // other bytes in the archive, more that is wanted, or a dataset with a newer schema: what there was must go
			for _, m := range known {
				if err := env.store.Remove(m); err != nil {
					return 0, err
				}
			}
		}
		due = append(due, raw)
		bytes += raw.Bytes
	}
	if len(due) == 0 {
		return 0, nil
	}
	bar := env.progress("decoding", bytes)
	defer bar.done()
	var mu sync.Mutex
	damaged := false
	group, ctx := errgroup.WithContext(env.ctx)
	group.SetLimit(decodeWorkers)
	for _, raw := range due {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			hurt, err := env.decodeOne(raw)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			bar.add(raw.Bytes)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				report("cannot read "+raw.ID(), err)
				damaged = true
				return nil
			}
			decoded++
			damaged = damaged || hurt
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return decoded, err
	}
	if damaged {
		return decoded, errPartly
	}
	return decoded, nil
}

// decodeOne commits the partitions of one file and tells whether the file is damaged.
func (env *environment) decodeOne(raw collectors.Raw) (hurt bool, err error) {
	c, err := collectorOf(raw.Kind)
	if err != nil {
		return false, err
	}
	into := env.store.Begin(raw.Input())
	defer into.Abort()
	if err := c.Decode(env.ctx, raw, into); err != nil {
		return false, err
	}
	manifests, err := into.Commit()
	if err != nil {
		return false, err
	}
	var rows, rejected int64
	for _, m := range manifests {
		rows += m.Rows
		for _, n := range m.Rejected {
			rejected += n
		}
	}
	level := slog.LevelInfo
	if env.showsProgress() { // the bar tells; lines between would tear it
		level = slog.LevelDebug
	}
	slog.Log(env.ctx, level, "decoded", "file", raw.ID(), "rows", rows, "rejected", rejected)
	places, n := into.Damaged()
	for _, place := range places {
		slog.Error("damaged", "file", raw.ID(), "place", place)
	}
	if more := n - int64(len(places)); more > 0 {
		slog.Error("damaged", "file", raw.ID(), "further places", more)
	}
	return n > 0, nil
}

// decodedInputs finds the partitions of each file of the archive.
func (env *environment) decodedInputs() (map[string][]*table.Manifest, error) {
	done := map[string][]*table.Manifest{}
	for _, schema := range datasets.All() {
		if schema.Derived {
			continue
		}
		manifests, err := env.store.Manifests(schema)
		if err != nil {
			return nil, err
		}
		for _, m := range manifests {
			if len(m.Inputs) == 1 {
				done[m.Inputs[0].Name] = append(done[m.Inputs[0].Name], m)
			}
		}
	}
	return done, nil
}
