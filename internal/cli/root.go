// Package cli is the command line of Tidemark: its verbs, one a file.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
	"golang.org/x/term"

	"tidemark/analysis"
	"tidemark/analysis/derive"
	"tidemark/collectors"
	"tidemark/collectors/external"
	"tidemark/collectors/ipv6"
	"tidemark/collectors/ipv6/vantage"
	"tidemark/collectors/mrt/dump"
	"tidemark/collectors/registry"
	"tidemark/collectors/routes"
	"tidemark/internal/lab/sample"
	"tidemark/rfcwatch"
)

// The visible lists: what is collected, what is derived, what is asked.
var (
	allCollectors = []collectors.Kind{
		routes.MRT{},
		routes.Tables{},
		registry.SpecialPrefixes{},
		registry.Delegations{},
		registry.ROAs{},
		registry.SLURM{},
		registry.AddressSpace{},
		registry.ASNumbers{},
		registry.ASNames{},
		registry.BogonList{},
		rfcwatch.Index{},
		rfcwatch.Errata{},
		rfcwatch.Datatracker{},
		rfcwatch.Texts{},
		ipv6.Probes{Sample: sample.Probes()},
		vantage.Checks{},
		external.Google{},
		external.Survey{},
	}
	allDerivations = []derive.Derivation{
		derive.RouteStates,
		derive.UpdateStats,
		derive.Aggregation,
		derive.DomainReadiness,
		derive.DomainAddresses,
		derive.RFCEvents,
		derive.RFCHistory,
		derive.DecoderNotes,
	}
	allQuestions = analysis.Questions()
)

// Exit codes, besides 0.
const (
	exitFailed = 1
	exitUsage  = 2
	exitPartly = 3  // something was reported, the rest stands
	exitLocked = 75 // another run holds the lock (EX_TEMPFAIL)
)

var (
	errPartly = errors.New("done in part: see the errors above")
	errUnwell = errors.New("something needs a look: see above")
	errLocked = errors.New("another run is at work on this data folder; try again when it has ended")
)

// usageError is a mistake in the command line or the configuration.
type usageError struct{ error }

// cli is the command line.
type cli struct {
	Config  string `short:"c" placeholder:"FILE" help:"Configuration file (default: tidemark.toml where there is one)."`
	Data    string `short:"d" placeholder:"DIR" help:"Folder of archive, datasets, answers and site (default: the configuration's, else data)."`
	Quiet   bool   `short:"q" help:"Say nothing but warnings and errors."`
	Verbose bool   `short:"v" help:"Say more."`

	Run      runVerb      `cmd:"" help:"Collect what is due, analyse, render: what cron calls."`
	Plan     planVerb     `cmd:"" help:"Show what a run would bring now, and what it would cost."`
	Status   statusVerb   `cmd:"" help:"Show what is there, how fresh it is, and what failed."`
	Doctor   doctorVerb   `cmd:"" help:"Look whether the machine is fit."`
	Rebuild  rebuildVerb  `cmd:"" help:"Make datasets, answers and site again from the archive."`
	Collect  collectVerb  `cmd:"" help:"Bring sources into the archive and decode them into datasets."`
	Analyse  analyseVerb  `cmd:"" help:"Make the derived datasets and answer the questions."`
	Render   renderVerb   `cmd:"" help:"Write the site from the answers."`
	Import   importVerb   `cmd:"" help:"Take local files into the archive and the datasets."`
	Sample   sampleVerb   `cmd:"" help:"Write the embedded sample: raw source files of a small model Internet."`
	MRT      mrtVerb      `cmd:"" name:"mrt" help:"Read MRT files on the terminal."`
	Prefix   prefixVerb   `cmd:"" help:"Show what the world sees of a prefix: origins, verdict, ROV, registry, history, and what to do."`
	AS       asVerb       `cmd:"" name:"as" help:"Show what the world sees of an AS."`
	Probe    probeVerb    `cmd:"" help:"Probe on the spot: this connection."`
	RFC      rfcVerb      `cmd:"" name:"rfc" help:"Ask what the standards say, what changed, and what is pending."`
	Datasets datasetsVerb `cmd:"" help:"Show what is there, what it means, and whether it is whole."`
	SQL      sqlVerb      `cmd:"" name:"sql" help:"Ask the datasets a question in SQL."`
	Sync     syncVerb     `cmd:"" help:"Bring the data folder and its copies in object storage up to date."`
	Serve    serveVerb    `cmd:"" help:"Show the site on loopback."`
	Version  versionVerb  `cmd:"" help:"Print the version and what the program was built from."`

	Completion completionVerb `cmd:"" help:"Print the completion of a shell."`
	Man        manVerb        `cmd:"" help:"Write the manual pages."`
}

// Main runs the command line of args and returns the exit code: 0 done, 1 failed, 2 wrong usage, 3 done in part, 75 another
// run holds the lock. It ends early when ctx does.
func Main(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c, kong.Name("tidemark"), kong.Writers(stdout, stderr),
		kong.Description("Measures how the Internet evolves: its routing table, its IPv6, its standards."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.Exit(func(code int) { exit = code }),
		kong.UsageOnError(), kong.Vars{"kinds": strings.Join(dump.Kinds(), ", "), "importKinds": strings.Join(kinds(), ", ")})
	if err != nil {
		panic(err) // a wrong declaration above
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	if args[0] == completeCommand {
		complete(parser.Model, args[1:], stdout)
		return 0
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		fmt.Fprintf(stderr, "tidemark: %v\nSee tidemark --help.\n", err)
		return exitUsage
	}
	slog.SetDefault(slog.New(logHandler(stderr, c.Quiet, c.Verbose)))
	env, err := newEnvironment(ctx, &c, stdin, stdout, stderr)
	if err == nil {
		err = parsed.Run(env)
	}
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errPartly), errors.Is(err, errUnwell):
		fmt.Fprintf(stderr, "tidemark: %v\n", err)
		return exitPartly
	case errors.Is(err, errLocked):
		fmt.Fprintf(stderr, "tidemark: %v\n", err)
		return exitLocked
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "tidemark: %v\n", err)
		return exitUsage
	default:
		fmt.Fprintf(stderr, "tidemark: %v\n", err)
		return exitFailed
	}
}

// isTerminal tells whether a person looks at w.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// logHandler writes text for a person, JSON lines for a collector of logs.
func logHandler(w io.Writer, quiet, verbose bool) slog.Handler {
	level := slog.LevelInfo
	switch {
	case quiet:
		level = slog.LevelWarn
	case verbose:
		level = slog.LevelDebug
	}
	options := &slog.HandlerOptions{Level: level}
	if isTerminal(w) {
		return slog.NewTextHandler(w, options)
	}
	return slog.NewJSONHandler(w, options)
}

// examples is the part of a verb's help that shows its use.
func examples(lines ...string) string {
	text := "Examples:\n"
	for _, line := range lines {
		text += "\n    " + line
	}
	return text
}

// Help shows examples below the usage of each verb.
func (runVerb) Help() string {
	return examples("tidemark run", "tidemark run --config examples/shared-data.toml --data /var/lib/tidemark")
}

// Help shows examples.
func (collectVerb) Help() string {
	return examples("tidemark collect", "tidemark collect rrc00 rfc-index")
}

// Help shows examples.
func (analyseVerb) Help() string {
	return examples("tidemark analyse", "tidemark analyse table-growth bogons")
}

// Help shows examples.
func (renderVerb) Help() string { return examples("tidemark render") }

// Help shows examples.
func (importVerb) Help() string {
	return examples("tidemark import mrt --collector rrc00 bview.20020722.2337.gz",
		"tidemark import rfc-index --date 2012-03-31 rfc-index.txt",
		"tidemark import rfc-errata --date 2026-08-20 errata.json",
		"tidemark import special-prefixes --date 2026-07-18 iana-ipv4-special-registry-1.csv",
		"tidemark import roas --date 2018-01-31 export.json")
}

// Help shows examples.
func (sampleVerb) Help() string {
	return examples("tidemark sample data/sample", "tidemark run --config data/sample/tidemark.toml --data data")
}

// Help shows examples.
func (serveVerb) Help() string { return examples("tidemark serve", "tidemark serve --addr [::1]:8000") }

// isBrokenPipe tells whether a write failed because nobody reads any more.
func isBrokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func abs(path string) string {
	if a, err := filepath.Abs(path); err == nil {
		return a
	}
	return path
}
