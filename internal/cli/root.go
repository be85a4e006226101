// Package cli is the command line of Tidemark: its verbs, a verb a file, and the lists of what the program collects, derives
// and asks. What the verbs do is done by the pipeline and the libraries below it; here are flags and text.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"tidemark/collectors/mrt/dump"
	"tidemark/internal/cli/complete"
	"tidemark/internal/fault"
	"tidemark/internal/legible"
	"tidemark/internal/redact"
	"tidemark/pipeline"
)

// Exit codes, besides 0.
const (
	exitFailed = 1
	exitUsage  = 2
	exitPartly = 3  // with problems
	exitLocked = 75 // another run holds the lock (EX_TEMPFAIL)
)

// Stopped is the signal that ended a context. It is the cause to cancel that of Main with.
type Stopped syscall.Signal

func (s Stopped) Error() string { return "stopped by a signal: " + syscall.Signal(s).String() }

// cli is the command line.
type cli struct {
	Config  string `short:"c" placeholder:"FILE" help:"Configuration file (default: tidemark.toml, if it exists)."`
	Data    string `short:"d" placeholder:"DIR" help:"Folder of archive, datasets, answers and site (default: as configured, or else data)."`
	Quiet   bool   `short:"q" help:"Log only warnings and errors."`
	Verbose bool   `short:"v" help:"Log more."`

	Unconfined bool `help:"Let run, collect, record, seed, analyse, render, rebuild, mcp, serve and work open whatever their user may (default: the data folder and what the configuration names)."`

	Run      runVerb      `cmd:"" help:"Collect what is due, analyse and render: the verb for cron."`
	Plan     planVerb     `cmd:"" help:"Show what a run would fetch now, and what that would cost."`
	Status   statusVerb   `cmd:"" help:"Show what there is, how fresh it is, and what failed."`
	Doctor   doctorVerb   `cmd:"" help:"Check whether the machine is fit."`
	Rebuild  rebuildVerb  `cmd:"" help:"Make datasets, answers and site anew from the archive."`
	Collect  collectVerb  `cmd:"" help:"Fetch sources into the archive and decode them into datasets."`
	Analyse  analyseVerb  `cmd:"" help:"Make the derived datasets and answer the questions."`
	Render   renderVerb   `cmd:"" help:"Write the site from the answers."`
	Work     workVerb     `cmd:"" help:"Share decoding and deriving out among processes and machines."`
	Import   importVerb   `cmd:"" help:"Add local files to the archive and the datasets."`
	Record   recordVerb   `cmd:"" help:"Be a route collector: record BGP sessions, BMP, RIS Live and RouteViews into the archive."`
	Seed     seedVerb     `cmd:"" help:"Add the datasets that another installation publishes on its site."`
	Sample   sampleVerb   `cmd:"" help:"Write the embedded sample: raw source files of a small model Internet."`
	MRT      mrtVerb      `cmd:"" name:"mrt" help:"Show the contents of MRT files."`
	Prefix   prefixVerb   `cmd:"" help:"Show what the world sees of a prefix: origins, verdict, ROV, registry, history, and what to do."`
	AS       asVerb       `cmd:"" name:"as" help:"Show what the world sees of an AS."`
	Report   reportVerb   `cmd:"" help:"Show the report of a year: the routing table and its updates, beside the two years before."`
	Country  countryVerb  `cmd:"" help:"Show what the networks of a country or of a registry announce."`
	Probe    probeVerb    `cmd:"" help:"Probe on the spot: this connection."`
	RFC      rfcVerb      `cmd:"" name:"rfc" help:"Show what the standards say, what changed, and what is pending."`
	Watch    watchVerb    `cmd:"" help:"Show what the rules of the configuration find and what they mean on the data; learn rules; test who is told."`
	Registry registryVerb `cmd:"" help:"Show what IANA's registries hold, and what was registered by which RFC."`
	Datasets datasetsVerb `cmd:"" help:"Show which datasets there are, what they mean, and whether they are intact."`
	SQL      sqlVerb      `cmd:"" name:"sql" help:"Ask the datasets a question in SQL."`
	Sync     syncVerb     `cmd:"" help:"Synchronize the data folder with its copies in object storage."`
	Serve    serveVerb    `cmd:"" help:"Serve the site on loopback."`
	MCP      mcpVerb      `cmd:"" name:"mcp" help:"Answer assistants over the Model Context Protocol, on standard input and output."`
	Version  versionVerb  `cmd:"" help:"Print the version and what the program was built from."`

	Completion completionVerb `cmd:"" help:"Print the completion script for a shell."`
	Man        manVerb        `cmd:"" help:"Write the manual pages."`
}

// streams are where the program reads and writes.
type streams struct {
	stdin          io.Reader
	stdout, stderr io.Writer // as given
	out, err       io.Writer // the same, made legible
}

// Main runs the command line of args and returns the exit code: 0 done, 1 failed, 2 wrong usage, 3 with problems, 75 another
// run holds the lock, and 128 and the signal's number where one ended ctx. It ends early when ctx does.
//
// Several may run at once in one process. The one whose stderr is that of the process also sets slog's default logger, for
// the libraries that log to it.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out, errs := legible.Writer(stdout), legible.Writer(stderr)
	defer out.Close()
	defer errs.Close()
	streams := streams{stdin, stdout, stderr, out, errs}
	var c cli
	exit := -1
	parser := newParser(&c, streams, func(code int) { exit = code })
	if len(args) == 0 {
		args = []string{"--help"}
	}
	if args[0] == complete.Command {
		complete.Write(out, parser.Model, args[1:], names)
		return 0
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		fmt.Fprintf(errs, "tidemark: %v\nSee tidemark --help.\n", err)
		return exitUsage
	}
	log := slog.New(logHandler(streams, c.Quiet, c.Verbose))
	if stderr == io.Writer(os.Stderr) {
		slog.SetDefault(log)
	}
	env, err := newEnvironment(&c, streams, log)
	if err == nil {
		parsed.BindTo(ctx, (*context.Context)(nil))
		err = fault.Caught(func() error { return parsed.Run(env) })
	}
	var f *fault.Error
	if errors.As(err, &f) {
		log.Error("the program has a fault", "error", err, "stack", string(f.Stack))
	}
	var stopped Stopped
	if err != nil && errors.As(context.Cause(ctx), &stopped) {
		fmt.Fprintf(errs, "tidemark: %v\n", stopped)
		return 128 + int(stopped)
	}
	if err != nil {
		fmt.Fprintf(errs, "tidemark: %s\n", redact.Secrets(err.Error()))
	}
	return exitCode(err)
}

func newParser(c *cli, streams streams, exit func(int)) *kong.Kong {
	parser, err := kong.New(c, kong.Name("tidemark"), kong.Writers(streams.out, streams.err),
		kong.Description("Measures how the Internet evolves: its routing table, its IPv6, its standards."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Exit(exit), kong.UsageOnError(), kong.PostBuild(describeVerbs),
		kong.Vars{"kinds": strings.Join(dump.Kinds(), ", "), "importKinds": strings.Join(kindNames(), ", "), "sqlFormats": strings.Join(sqlFormats(), ",")})
	if err != nil {
		panic(err) // a wrong declaration above
	}
	return parser
}

func exitCode(err error) int {
	var usage usageError
	var unknown *pipeline.UnknownError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errPartly), errors.Is(err, errUnwell):
		return exitPartly
	case errors.Is(err, pipeline.ErrLocked), errors.Is(err, pipeline.ErrRecording):
		return exitLocked
	case errors.As(err, &usage), errors.As(err, &unknown), errors.Is(err, pipeline.ErrNoStorage):
		return exitUsage
	}
	return exitFailed
}

// logHandler writes text for a person, JSON lines for a collector of logs.
func logHandler(streams streams, quiet, verbose bool) slog.Handler {
	level := slog.LevelInfo
	switch {
	case quiet:
		level = slog.LevelWarn
	case verbose:
		level = slog.LevelDebug
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: withoutSecrets}
	if isTerminal(streams.stderr) {
		return slog.NewTextHandler(streams.err, options)
	}
	return slog.NewJSONHandler(streams.err, options)
}

// withoutSecrets removes passwords and tokens from what is logged.
func withoutSecrets(_ []string, a slog.Attr) slog.Attr {
	switch v := a.Value.Any().(type) {
	case string:
		a.Value = slog.StringValue(redact.Secrets(v))
	case error:
		a.Value = slog.StringValue(redact.Secrets(v.Error()))
	}
	return a
}
