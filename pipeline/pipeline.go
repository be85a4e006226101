// Package pipeline is Tidemark without a command line. It collects what is due, decodes it into datasets, derives further
// ones, answers the questions and renders the site.
//
// Open returns a Pipeline, which only reads and needs no lock: a server may ask it for its Status at any time. Changing the data
// folder needs a Session, of which there is one at a time:
//
//	p, err := pipeline.Open(options)
//	session, ctx, err := p.BeginMirrored(ctx)
//	defer session.End(ctx)
//	report, err := session.Run(ctx)
//
// An error means that a step stopped. Failures of parts of a step, while the rest went on, are in the Problems of its report;
// each was logged when it occurred.
//
// DecodeFile and the Make of a derivation's Job need no session. They depend on their arguments only, may be repeated, and
// commit as a whole, so that other processes can share the work. A session lists it (List), Workers do it, and a session ends it (EndWork).
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"tidemark"
	"tidemark/analysis"
	"tidemark/analysis/derive"
	"tidemark/analysis/operator"
	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets/lake"
	"tidemark/datasets/table"
	"tidemark/internal/checksum"
	"tidemark/internal/fetch"
	"tidemark/internal/suggest"
	"tidemark/pipeline/alert"
	"tidemark/pipeline/alert/sink"
	"tidemark/pipeline/journal"
	"tidemark/pipeline/schedule"
	"tidemark/site"
)

// Options say what a pipeline works on and how. Only Dir is required.
type Options struct {
	Dir string // the data folder

	Kinds     []collectors.Kind // what sources may be
	Sources   []collectors.Source
	Questions []*analysis.Question
	// Derivations returns what is derived, in order. files holds the raw files, for derivations that read them again.
	Derivations func(files *archive.Archive) []derive.Derivation

	Site         Site
	Watch        Watch
	Storage      Storage
	Fetch        fetch.Options       // Open sets Cache, Budget and Log
	Budget       schedule.Budget     // of one Collect
	Retention    []archive.Retention // of raw bytes, a rule for some kinds
	PublishEvery collectors.Cadence
	Metrics      string // file for Prometheus' node exporter; empty: none
	Ping         string // URL requested at the beginning and the end of each Run; empty: none

	Sinks    map[string]sink.Settings // by name
	Tell     []string                 // sinks of what the runs raise
	Silences []alert.Silence          // of that
	Watches  []alert.Watch            // rules of the watch list, which have passed their check

	// Uses are files outside of Dir whose change calls for a new answer and a new site: the program and its configuration.
	Uses []string

	Clock      func() time.Time // nil: time.Now
	TrustClock bool             // also where it is long after the run before
	Log        *slog.Logger     // nil: nothing is logged
	Observer   Observer         // nil: progress is not reported
	Workers    int              // raw files decoded, and jobs of derivations made, at once; 0: by the cores and the memory
}

// Site is how the site presents itself.
type Site struct {
	Contact string // of whoever probes; empty: none
	Title   string // empty: Tidemark
	Notice  string // shown on every page
	URL     string // where the site is published; feeds and sitemap need it
	Runs    bool   // whether a status page tells of the runs
	Publish site.Publish
}

// Watch is what has pages of its own.
type Watch struct {
	RFCs     []int
	Groups   []string // working groups whose RFCs and drafts are watched, by acronym
	Drafts   []string // drafts that are watched, by name
	Keywords []string // words of titles and keywords of RFCs that are watched
	ASes     []uint32
	Prefixes []string // as operator.ParsePrefix reads them
	Domains  []string // of probed lists that are too long for a page of each domain, in A-labels
}

// Storage names the copies in object storage: s3://bucket/prefix?region=…, gs://bucket/prefix or file:///folder. Empty: no
// copy.
type Storage struct {
	Archive, Datasets, Site string
	Base                    string // folder from which relative file: addresses start
	// Cache makes Datasets a lake: no whole copy of it is here, and what is read of it is kept in a cache of at most so many bytes. 0: it is
	// a copy of the datasets, which are here.
	Cache int64
	Keep  lake.Keep // what of a lake is here all the same
}

// Observer is told how far long work has come. Its methods may be called from several goroutines at once.
type Observer interface {
	Begin(what string, bytes int64) // so many bytes are to be worked through
	Advance(bytes int64)
	End()
}

// Problem is something that could not be done while the rest went on.
type Problem struct {
	What  string // the step, as the log names it
	Where string // the file, source, tree or alert
	Err   error
}

// ErrLocked says that another session is at work on the data folder or on one of its copies.
var ErrLocked = errors.New("another run is at work on this data folder; try again when it has ended")

// UnknownError is a name that the options do not have.
type UnknownError struct {
	What  string // such as "no source is called"
	Name  string
	Known []string
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("%s %q%s", e.What, e.Name, suggest.Near(e.Name, e.Known))
}

// Pipeline reads a data folder. Its methods may be called from several goroutines at once.
type Pipeline struct {
	options Options
	store   *table.Store
	files   *archive.Archive
	sums    *checksum.Ledger
	lake    *lake.Lake // nil: all datasets are here
	log     *slog.Logger
	atWork  *atomic.Pointer[Session] // nil: none of this process
}

// Open checks the options. It touches neither disk nor network.
func Open(o Options) (*Pipeline, error) {
	if o.Dir == "" {
		return nil, errors.New("the pipeline has no data folder")
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Observer == nil {
		o.Observer = unobserved{}
	}
	if o.Derivations == nil {
		o.Derivations = func(*archive.Archive) []derive.Derivation { return nil }
	}
	o.Fetch.Budget = o.Budget.Bytes
	o.Fetch.Cache = filepath.Join(o.Dir, "state", "http")
	o.Fetch.Log = o.Log
	o.Sources = slices.Clone(o.Sources)
	for i := range o.Sources {
		o.Sources[i].Runtime.Log = o.Log
	}
	p := &Pipeline{
		options: o,
		store:   &table.Store{Dir: filepath.Join(o.Dir, "datasets"), Program: tidemark.Program, Log: o.Log},
		files:   &archive.Archive{Dir: filepath.Join(o.Dir, "archive"), Client: fetch.New(o.Fetch), Clock: o.Clock},
		sums:    checksum.Open(filepath.Join(o.Dir, "state", "checksums")),
		log:     o.Log,
		atWork:  new(atomic.Pointer[Session]),
	}
	p.files.Catalogue = archive.NewCatalogue(filepath.Join(p.stateDir(), "archive-catalogue"), o.Log)
	p.store.LoadCatalogue(p.catalogue())
	if o.Storage.Datasets != "" && o.Storage.Cache > 0 {
		p.lake = p.newLake()
		p.store.Elsewhere = p.lake
	}
	p.watchForDamage()
	for i, s := range o.Sources {
		kind, err := p.Kind(s.Kind)
		if err != nil {
			return nil, fmt.Errorf("source %s: %w", s.Name, err)
		}
		o.Sources[i].Runtime.Form = collectors.FormOf(kind)
		o.Sources[i].Runtime.Origins = p.Origins
	}
	return p, nil
}

type unobserved struct{}

func (unobserved) Begin(string, int64) {}
func (unobserved) Advance(int64)       {}
func (unobserved) End()                {}

// Store returns the datasets, with what other processes committed to them so far.
func (p *Pipeline) Store() *table.Store {
	p.store.Refresh()
	return p.store
}

// Files returns the raw files of a kind that are in the archive.
func (p *Pipeline) Files(kind string) ([]archive.Raw, error) { return p.files.List(kind) }

// Client returns the client of the pipeline, which knows of hosts what it learned from them.
func (p *Pipeline) Client() *fetch.Client { return p.files.Client }

// Journal returns the record of the runs.
func (p *Pipeline) Journal() journal.Journal { return journal.Journal{Dir: p.stateDir()} }

// SiteDir returns the folder of the published site.
func (p *Pipeline) SiteDir() string { return filepath.Join(p.options.Dir, "site") }

// View opens what the dumps showed at a time. The caller closes it.
func (p *Pipeline) View(ctx context.Context, at time.Time) (*operator.View, error) {
	return operator.Open(ctx, p.Store(), at)
}

// Kind returns the kind of that name.
func (p *Pipeline) Kind(name string) (collectors.Kind, error) {
	var known []string
	for _, c := range p.options.Kinds {
		if c.Name() == name {
			return c, nil
		}
		known = append(known, c.Name())
	}
	return nil, &UnknownError{"unknown kind", name, known}
}

func (p *Pipeline) answersDir() string { return filepath.Join(p.options.Dir, "answers") }

// HistoriesDir returns the folder of a data folder in which derivations keep what they continue; it may be removed.
func HistoriesDir(dir string) string { return filepath.Join(dir, "state", "histories") }

func (p *Pipeline) reportsDir() string { return filepath.Join(p.stateDir(), "reports") }

func (p *Pipeline) stateDir() string { return filepath.Join(p.options.Dir, "state") }

// catalogue returns the folder of the index and the file that says what it was made of.
func (p *Pipeline) catalogue() (index, file string) {
	return filepath.Join(p.options.Dir, "index"), filepath.Join(p.stateDir(), "catalogue")
}

func (p *Pipeline) sourcesFile() string { return filepath.Join(p.stateDir(), "sources.json") }

func (p *Pipeline) now() time.Time { return p.options.Clock() }

// sourcesState returns what earlier runs learned of the sources. A state that cannot be read is logged and counts as empty.
func (p *Pipeline) sourcesState() *schedule.State {
	state, err := schedule.Load(p.sourcesFile())
	if err != nil {
		p.log.Warn(err.Error())
	}
	state.Disbelieve(p.now())
	return state
}
