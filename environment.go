package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"tidemark/collectors"
	"tidemark/collectors/fetch"
	"tidemark/datasets/table"
)

// environment is what every verb works with.
type environment struct {
	ctx            context.Context
	stdout, stderr io.Writer
	quiet          bool
	config         config
	sources        []collectors.Source
	data           string
	store          *table.Store
	archive        *collectors.Archive
	bringer
}

const defaultConfig = "tidemark.toml"

func newEnvironment(ctx context.Context, c *cli, stdout, stderr io.Writer) (*environment, error) {
	env := &environment{ctx: ctx, stdout: stdout, stderr: stderr, quiet: c.Quiet}
	path := c.Config
	if path == "" && exists(defaultConfig) {
		path = defaultConfig
	}
	if path != "" {
		var err error
		if env.config, env.sources, err = loadConfig(path, kinds()); err != nil {
			return nil, usageError{err}
		}
	}
	env.data = c.Data
	if env.data == "" {
		env.data = env.config.Data
	}
	if env.data == "" {
		env.data = "data"
	}
	for i := range env.sources {
		probe := &env.sources[i].Probe
		if probe.StopFile == "" {
			probe.StopFile = filepath.Join(env.data, "state", "stop-probes")
		}
		probe.Agent = env.userAgent()
		probe.Progress = env.counts("probing " + env.sources[i].Name)
	}
	env.store = &table.Store{Dir: filepath.Join(env.data, "datasets"), Program: "tidemark " + version}
	env.archive = &collectors.Archive{Dir: filepath.Join(env.data, "archive"), Client: env.client()}
	if env.config.Storage.Archive != "" {
		env.archive.Bring = env.bring
	}
	return env, nil
}

// client makes the client of a run.
func (env *environment) client() *fetch.Client {
	o := env.config.Fetch.options
	o.UserAgent = env.userAgent()
	o.Cache = filepath.Join(env.data, "state", "http")
	return fetch.New(o)
}

// userAgent is how servers are told who asks.
func (env *environment) userAgent() string {
	name := "tidemark/" + version
	if env.config.Contact != "" {
		name += " (" + env.config.Contact + ")"
	}
	return name
}

func (env *environment) answersDir() string { return filepath.Join(env.data, "answers") }

func (env *environment) siteDir() string { return filepath.Join(env.data, "site") }

// locked runs f as the only run on the data folder, after sweeping up what a killed run left.
func (env *environment) locked(f func() error) error {
	dir := filepath.Join(env.data, "state")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	held, err := lock.TryLock()
	if err != nil {
		return fmt.Errorf("locking %s: %w", lock.Path(), err)
	}
	if !held {
		return errLocked
	}
	defer lock.Unlock()
	if err := env.archive.Sweep(); err != nil {
		return fmt.Errorf("sweeping the archive: %w", err)
	}
	if err := env.store.Sweep(); err != nil {
		return fmt.Errorf("sweeping the datasets: %w", err)
	}
	return f()
}

// collectorOf finds the collector of a kind.
func collectorOf(kind string) (collectors.Collector, error) {
	for _, c := range allCollectors {
		if c.Kind() == kind {
			return c, nil
		}
	}
	return nil, usageError{fmt.Errorf("unknown kind %q%s", kind, suggest(kind, kinds()))}
}

// kinds are those that a source may have.
func kinds() []string {
	var all []string
	for _, c := range allCollectors {
		all = append(all, c.Kind())
	}
	return all
}

// report says an error that does not end the run.
func report(what string, err error) { slog.Error(what, "error", err) }
