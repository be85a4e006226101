// Package site turns answers, dictionary, manifests and dossiers into the report site: static HTML with charts, downloads
// and the provenance of each number. Two renderings of the same input give the same bytes.
package site

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"tidemark/analysis"
	"tidemark/analysis/report"
	"tidemark/datasets/table"
	"tidemark/internal/checksum"
	"tidemark/pipeline/journal"
	"tidemark/rfcwatch/dossier"
	"tidemark/site/linkcheck"
	"tidemark/site/lookup"
	"tidemark/site/publish"
)

// Input is everything that the site is made of.
type Input struct {
	Title      string // of the site
	Notice     string // shown on every page, for example that these are sample data; empty: none
	Program    string // name and version of the program
	Answers    []*analysis.Answer
	Datasets   []*table.Schema              // the data dictionary
	Partitions map[string][]*table.Manifest // by dataset, oldest day first
	RFCs       []*dossier.RFC               // watched documents
	Standards  dossier.Series
	Followed   Followed
	Networks   Networks
	Incidents  []Incident       // the newest first
	Reports    []*report.Report // of the years, oldest first
	Regions    Regions
	Campaigns  Campaigns
	Contact    string           // of whoever probes; empty: unknown
	URL        string           // address of the site, ending in a slash; empty: unknown
	Drawings   string           // folder outside of the site that keeps drawings for the next rendering; empty: none
	Pages      string           // file outside of the site that remembers what its pages and downloads were made of; empty: all are made
	Runs       []journal.Run    // for the status page, oldest first; nil: there is no such page
	Told       []Told           // the newest messages of each watch rule, for its feed
	Store      *table.Store     // of the partitions; nil: their files are not published
	Sums       *checksum.Ledger // what is known of the checksums of files; nil: every file that is linked is read
	Publish    Publish
	Lookup     *lookup.Source // of any AS and any prefix; nil: there are no routes
	Changelog  string         // Markdown of CHANGELOG.md, whose Data sections get a page; empty: no page
}

// Followed are the drafts whose events are of interest whatever they would change.
type Followed struct {
	Drafts []string // by name
	Groups []string // all drafts that one of them adopted, by acronym
}

// Report says what a rendering did.
type Report struct {
	Pages, Files     int      // of the site
	Made             int      // pages that were made; the others are made of what the published ones were, which were kept
	Written, Removed int      // files that changed; 0 and 0: the site was up to date
	Notes            []string // what the reader of the log should know, a sentence each
}

// Render publishes the site at dir: a symbolic link to a version in dir-versions, switched when the version is complete.
// Files that an earlier rendering made and this one does not are removed; files that others added to dir are kept. Nothing
// is published if a page has a dead link or two files have the same path.
func Render(ctx context.Context, in Input, dir string) (report Report, err error) {
	stage, err := publish.Open(dir, in.Sums)
	if err != nil {
		return Report{}, fmt.Errorf("opening the site: %w", err)
	}
	defer func() { err = errors.Join(err, stage.Close()) }()
	if report, err = build(ctx, in, stage); err != nil {
		return Report{}, fmt.Errorf("rendering the site: %w", err)
	}
	report.Written, report.Removed, err = stage.Publish()
	if err != nil {
		return report, fmt.Errorf("writing the site: %w", err)
	}
	report.Files = stage.Len()
	return report, nil
}

// build writes all files of the site: first those that pages link to, which the facts are about, then the pages.
func build(ctx context.Context, in Input, stage *publish.Stage) (Report, error) {
	in.Publish = in.Publish.withDefaults(in.Title)
	if err := checkQuestions(in.Answers); err != nil {
		return Report{}, err
	}
	var memory *memory
	var reading sync.WaitGroup
	reading.Go(func() { memory = openMemory(in.Pages) }) // which reads the whole program
	built, notes, err := addAssets(stage)
	reading.Wait()
	if err != nil {
		return Report{}, err
	}
	artist := artist{in.Title, madeWith(), publish.NewCache(in.Drawings), memory}
	f, err := gatherFacts(in, built, artist, memory, stage)
	if err != nil {
		return Report{}, err
	}
	pages, err := allPages(f, stage)
	if err != nil {
		return Report{}, err
	}
	if err := addAll(stage, func() (files, error) { return catalogue(f) }, func() (files, error) { return signs(f, pages, artist) }); err != nil {
		return Report{}, err
	}
	made, err := renderPages(pages, memory, stage)
	if err != nil {
		return Report{}, err
	}
	if err := memory.save(); err != nil {
		return Report{}, err
	}
	return Report{Pages: len(pages), Made: made, Notes: notes}, artist.cache.Sweep()
}

// allPages returns the pages of the site, and writes the lists and tables that belong to them.
func allPages(f *facts, stage *publish.Stage) ([]*page, error) {
	var pages []*page
	for _, some := range []func(*facts, *publish.Stage) ([]*page, error){questionPages, areaPages, datasetPages, rfcPages, rfcLists, fulltextPages, subseriesPages, digestPages, wildPages, networkPages, incidentPages, regionPages, campaignPages, probingPages, reportPages, statusPages, needsPages, sqlPages, changesPages, frontPages, lookupPages, errataPages, groupPages, movedPages} {
		more, err := some(f, stage)
		if err != nil {
			return nil, err
		}
		pages = append(pages, more...)
	}
	search, err := searchPage(f, pages, stage)
	return append(pages, search), err
}

// files are contents by path in the site.
type files map[string][]byte

// addAll writes what each function makes.
func addAll(stage *publish.Stage, makers ...func() (files, error)) error {
	for _, produce := range makers {
		made, err := produce()
		if err != nil {
			return err
		}
		for name, content := range made {
			if err := stage.Add(name, content); err != nil {
				return err
			}
		}
	}
	return nil
}

// renderPages writes the pages, several at a time, checks their links, and returns how many it made. What a page shows is dropped as soon as it is written,
// because a large site shows more than memory holds.
func renderPages(pages []*page, memory *memory, stage *publish.Stage) (int, error) {
	checked := make([]*linkcheck.Page, len(pages)) // nil: the published page was kept
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0) + publish.Writers) // while the disk makes one durable, another one is rendered
	for i, p := range pages {
		group.Go(func() error {
			content, err := memory.render(p, stage)
			p.Data, p.view = nil, nil
			if err != nil || content == nil {
				return err
			}
			links := linkcheck.Parse(content)
			checked[i] = &links
			memory.rememberTargets(p.Path, links.Targets(p.Path))
			return stage.Add(p.Path, content)
		})
	}
	if err := group.Wait(); err != nil {
		return 0, err
	}
	made := map[string]linkcheck.Page{}
	var kept []string
	for i, p := range pages {
		if checked[i] == nil {
			kept = append(kept, p.Path)
		} else {
			made[p.Path] = *checked[i]
		}
	}
	return len(made), checkLinks(made, kept, memory, stage)
}

// frontPages returns the front page, the one about the site, and the one for addresses without a page.
func frontPages(f *facts, _ *publish.Stage) ([]*page, error) {
	return []*page{
		indexPage(f),
		{frame: f.frame, Path: "about.html", Title: "About", Nav: "About", Body: "about.html",
			Description: "How the figures are made, how to read them, and what they cannot tell."},
		{frame: f.frame, Path: notFoundPath, Title: "Page not found", Body: "404.html",
			Description: "There is no page at this address."},
	}, nil
}

// checkQuestions returns an error for a question that cannot have a page.
func checkQuestions(answers []*analysis.Answer) error {
	for _, a := range answers {
		q := a.Question
		if !slug.MatchString(q.Slug) {
			return fmt.Errorf("question %q: the slug becomes a file name, so it may have a-z, 0-9 and single - or _ only", q.Slug)
		}
		if !slices.Contains(analysis.Subjects(), analysis.Subject{Name: q.Subject, Section: q.Section}) {
			return fmt.Errorf("question %s: section %s has no subject %q (see analysis.Subjects)", q.Slug, q.Section, q.Subject)
		}
	}
	return nil
}
