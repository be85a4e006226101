package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"tidemark/internal/config"
	"tidemark/internal/suggest"

	"tidemark"
	"tidemark/collectors/archive"
	"tidemark/internal/atomicfile"

	"github.com/gofrs/flock"

	"tidemark/collectors"
	"tidemark/datasets/table"
	"tidemark/internal/fetch"
	"tidemark/pipeline/journal"
)

// environment is what every verb works with.
type environment struct {
	ctx            context.Context
	stdin          io.Reader
	stdout, stderr io.Writer
	quiet          bool
	config         config.Config
	sources        []collectors.Source
	data           string
	store          *table.Store
	archive        *archive.Archive
	bringer
	configFile string           // empty: there is none
	now        func() time.Time // the clock of the schedule
}

const defaultConfig = "tidemark.toml"

func newEnvironment(ctx context.Context, c *cli, stdin io.Reader, stdout, stderr io.Writer) (*environment, error) {
	env := &environment{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr, quiet: c.Quiet}
	path := c.Config
	if path == "" && exists(defaultConfig) {
		path = defaultConfig
	}
	if path != "" {
		var err error
		if env.config, env.sources, err = config.Load(path, kinds()); err != nil {
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
	env.store = &table.Store{Dir: filepath.Join(env.data, "datasets"), Program: tidemark.Program}
	env.store.LoadCatalogue(filepath.Join(env.stateDir(), "catalogue"))
	env.archive = &archive.Archive{Dir: filepath.Join(env.data, "archive"), Client: env.client()}
	if env.config.Storage.Archive != "" {
		env.archive.Bring = env.bring
	}
	env.configFile, env.now = path, time.Now
	if at := os.Getenv(clockVariable); at != "" {
		fixed, err := time.Parse(time.RFC3339, at)
		if err != nil {
			return nil, usageError{fmt.Errorf("%s: %q is not a time as 2006-01-02T15:04:05Z", clockVariable, at)}
		}
		env.now = func() time.Time { return fixed }
	}
	return env, nil
}

// clockVariable sets the clock of the schedule: simulations live a year in an hour.
const clockVariable = "TIDEMARK_NOW"

// client makes the client of a run.
func (env *environment) client() *fetch.Client {
	o := env.config.Fetch.Options
	o.UserAgent, o.Budget = env.userAgent(), env.config.Run.Budget.Bytes
	o.Cache = filepath.Join(env.data, "state", "http")
	return fetch.New(o)
}

// userAgent is how servers are told who asks.
func (env *environment) userAgent() string {
	name := "tidemark/" + tidemark.Version
	if env.config.Contact != "" {
		name += " (" + env.config.Contact + ")"
	}
	return name
}

func (env *environment) answersDir() string { return filepath.Join(env.data, "answers") }

func (env *environment) stateDir() string { return filepath.Join(env.data, "state") }

func (env *environment) sourcesFile() string { return filepath.Join(env.stateDir(), "sources.json") }

func (env *environment) journal() journal.Journal { return journal.Journal{Dir: env.stateDir()} }

func (env *environment) siteDir() string { return filepath.Join(env.data, "site") }

const lockPatience = 200 * time.Millisecond

// locked runs f as the only run on the data folder, after sweeping up what a killed run left.
func (env *environment) locked(f func() error) error {
	dir := env.stateDir()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	// tidemark status and doctor hold it for a moment, to see whether it is free.
	ctx, cancel := context.WithTimeout(env.ctx, lockPatience)
	defer cancel()
	held, err := lock.TryLockContext(ctx, lockPatience/10)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("locking %s: %w", lock.Path(), err)
	}
	if !held {
		return errLocked
	}
	defer lock.Unlock()
	clean := filepath.Join(dir, "clean")
	err = os.Remove(clean)
	switch {
	case errors.Is(err, fs.ErrNotExist): // the run before did not come to its end
		if err := env.archive.Sweep(); err != nil {
			return fmt.Errorf("sweeping the archive: %w", err)
		}
		if err := env.store.Sweep(); err != nil {
			return fmt.Errorf("sweeping the datasets: %w", err)
		}
	case err != nil:
		return err
	default:
		if err := atomicfile.SyncDir(dir); err != nil {
			return err
		}
	}
	err = f()
	if e := env.store.SaveCatalogue(); e != nil {
		slog.Debug("the next run reads every manifest", "because", e)
	}
	if err == nil || errors.Is(err, errPartly) {
		if e := atomicfile.Write(clean, nil); e != nil {
			slog.Debug("the next run looks at every file", "because", e)
		}
	}
	return err
}

// collectorOf finds the collector of a kind.
func collectorOf(kind string) (collectors.Collector, error) {
	for _, c := range allCollectors {
		if c.Kind() == kind {
			return c, nil
		}
	}
	return nil, usageError{fmt.Errorf("unknown kind %q%s", kind, suggest.Near(kind, kinds()))}
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
