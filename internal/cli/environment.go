package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"golang.org/x/term"

	"tidemark/internal/fetch"
	"tidemark/pipeline"
)

// environment is what every verb works with.
type environment struct {
	settings
	*pipeline.Pipeline
	variables
	stdin    io.Reader
	stdout   io.Writer // as given, for data in JSON, CSV and MRT
	out, err io.Writer // for text, which is made legible
	log      *slog.Logger
	terminal bool // whether stdout is one
	style    style

	unconfined bool // the user wants no confinement
	process    bool // the command line is the whole process
}

func newEnvironment(c *cli, streams streams, log *slog.Logger) (*environment, error) {
	v := readVariables()
	clock, err := v.clock()
	if err != nil {
		return nil, usageError{err}
	}
	settings, err := readSettings(c, clock)
	if err != nil {
		return nil, usageError{err}
	}
	if settings.Fetch.Wrap, err = fetch.Credentials(v.credentials); err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", credentialsVariable, err)}
	}
	settings.Log = log
	bars := progress{to: streams.stderr, shown: !c.Quiet && isTerminal(streams.stderr)}
	settings.prepareProbes(bars.counts)
	if bars.shown {
		settings.Observer = &bars
	}
	p, err := pipeline.Open(settings.Options)
	if err != nil {
		return nil, usageError{err}
	}
	return &environment{
		settings: settings, Pipeline: p, variables: v, log: log,
		unconfined: c.Unconfined, process: streams.stderr == io.Writer(os.Stderr),
		stdin: streams.stdin, stdout: streams.stdout, out: streams.out, err: streams.err, terminal: isTerminal(streams.stdout), style: styleOf(streams.stdout),
	}, nil
}

// begin is Begin or BeginMirrored of a pipeline.
type begin func(context.Context) (*pipeline.Session, context.Context, error)

// session runs f in a session. Its error is errPartly if something in the session had problems.
func (env *environment) session(ctx context.Context, begin begin, f func(context.Context, *pipeline.Session) error) error {
	s, ctx, err := begin(ctx)
	if err != nil {
		return err
	}
	err = f(ctx, s)
	report, endErr := s.End(ctx)
	switch {
	case endErr != nil: // why the session was cut off
		return endErr
	case err != nil:
		return err
	case len(report.Problems) > 0:
		return errPartly
	}
	return nil
}

// isTerminal reports whether a person is at the other end of a reader or writer.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Errors that carry only the exit code: their causes are already logged or printed.
var (
	errPartly = errors.New("finished with problems (see above)")
	errUnwell = errors.New("attention needed (see above)")
)

// usageError is a mistake in the command line or the configuration.
type usageError struct{ error }
