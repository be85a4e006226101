// Package site turns answers, dictionary and manifests into the report site: static HTML with charts, downloads and the
// provenance of each number. Two renderings of the same input give the same bytes.
package site

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"regexp"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"tidemark/analysis"
	"tidemark/datasets/table"
	"tidemark/pipeline/journal"
	"tidemark/rfcwatch/dossier"
	"tidemark/site/chart"
	"tidemark/site/format"
	"tidemark/site/linkcheck"
	"tidemark/site/publish"
)

// Input is everything that the site is made of.
type Input struct {
	Title      string // of the site
	Notice     string // shown on every page, such as that these are sample data; empty: none
	Program    string // name and version of the program
	Answers    []*analysis.Answer
	Datasets   []*table.Schema              // the data dictionary
	Partitions map[string][]*table.Manifest // by dataset, oldest day first
	RFCs       []*dossier.RFC               // documents that get a page
	Standards  dossier.Series
	Networks   Networks
	URL        string        // where the site will stand, ending in a slash; empty: not known
	Drawings   string        // folder outside of the site that keeps drawings for the next rendering; empty: none
	Runs       []journal.Run // that the status page tells of, oldest first; nil: there is no such page
	Store      *table.Store  // of the partitions; nil: their files are not published
	Publish    Publish
	Changelog  string // Markdown of CHANGELOG.md, whose Data parts get a page; empty: no page
}

// Report says what a rendering did.
type Report struct {
	Pages, Files     int      // of the site
	Written, Removed int      // files that changed; 0 and 0: the site was up to date
	Notes            []string // what the reader of the log should know, a sentence each
}

// Render publishes the site at dir: a symbolic link to a version in dir-versions, switched when the version is whole.
// Files that an earlier rendering made and this one does not are gone; others in dir go along. Nothing is published where
// a page has a dead link or two pages have the same path.
func Render(ctx context.Context, in Input, dir string) (report Report, err error) {
	stage, err := publish.Open(dir)
	if err != nil {
		return Report{}, fmt.Errorf("opening the site: %w", err)
	}
	defer func() { err = errors.Join(err, stage.Close()) }()
	b, err := build(ctx, in, stage)
	if err != nil {
		return Report{}, fmt.Errorf("rendering the site: %w", err)
	}
	report = Report{Pages: len(b.pages), Notes: b.notes}
	report.Written, report.Removed, err = stage.Publish()
	if err != nil {
		return report, fmt.Errorf("writing the site: %w", err)
	}
	report.Files = stage.Len()
	return report, nil
}

// builder holds the site while it is made.
type builder struct {
	Input
	stage    *publish.Stage
	packages map[string]*datasetPackage // of the datasets that are published
	newest   string                     // day of the newest data below all answers and datasets; empty: there are none
	dated    []string                   // days of the versions that are published, oldest first
	pages    []*page
	notes    []string
	watched  map[int]bool // RFCs that have a page
	lineage  lineage
	charts   map[string]*chart.Chart // by the slug of the question; nil: nothing to draw
	artist   artist
	feedAt   map[string]*feed // by their paths
	marks    sync.Map         // by the path of an asset: what its link has of its hash
}

func build(ctx context.Context, in Input, stage *publish.Stage) (*builder, error) {
	b := &builder{Input: in, stage: stage, packages: map[string]*datasetPackage{}, watched: map[int]bool{}, charts: map[string]*chart.Chart{}, artist: artist{in.Title, madeWith(), publish.NewCache(in.Drawings)},
		feedAt:  map[string]*feed{},
		lineage: lineageOf(in.Partitions)}
	b.Publish = in.Publish.withDefaults(in.Title)
	for _, r := range in.RFCs {
		b.watched[r.Number] = true
	}
	for _, of := range in.Partitions {
		for _, m := range of {
			b.newest = max(b.newest, format.Day(m.Day()))
		}
	}
	if err := b.addAssets(); err != nil {
		return nil, err
	}
	if err := b.feeds(); err != nil {
		return nil, err
	}
	for _, of := range []func(context.Context) error{b.checkQuestions, b.draw, b.partitionFiles, b.questionPages, b.areaPages, b.datasetPages, b.rfcPages, b.rfcLists, b.networkPages, b.statusPage, b.sqlPage, b.changesPage,
		b.datedVersions, b.catalogues, b.frontPages, b.searchPage, b.signs} {
		if err := of(ctx); err != nil {
			return nil, err
		}
	}
	if err := b.renderAll(); err != nil {
		return nil, err
	}
	return b, b.artist.cache.Sweep()
}

// renderAll makes the pages, several at a time, and checks what they refer to. A page reads what the builder holds and
// changes nothing of it.
func (b *builder) renderAll() error {
	all := make([]linkcheck.Page, len(b.pages))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0) + publish.Writers) // while the disk makes one durable, another one is rendered
	for i, p := range b.pages {
		group.Go(func() error {
			content, err := p.render()
			p.Data = nil // a large site has much of it
			if err != nil {
				return err
			}
			all[i] = linkcheck.Parse(content)
			return b.stage.Add(p.Path, content)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	pages := map[string]linkcheck.Page{}
	for i, p := range b.pages {
		pages[p.Path] = all[i]
	}
	return linkcheck.Check(pages, func(path string) bool { return path == publish.SumsPath || b.stage.Has(path) })
}

// frontPages adds the pages that need all others.
func (b *builder) frontPages(context.Context) error {
	b.pages = append(b.pages,
		b.indexPage(),
		&page{Path: "about.html", Title: "About", Nav: "About", Body: "about.html", builder: b,
			Description: "How the figures are made, how to read them, and what they cannot tell."},
		&page{Path: notFoundPath, Title: "Page not found", Body: "404.html", builder: b,
			Description: "There is no page at this address."},
	)
	return nil
}

func (b *builder) draw(ctx context.Context) (err error) {
	b.charts, err = b.artist.drawCharts(ctx, b.Answers, b.stage)
	return err
}

var slug = regexp.MustCompile(`^[a-z0-9]+(?:[-_][a-z0-9]+)*$`)

// HasECharts tells whether ECharts is built in, so that charts answer to the mouse.
func (b *builder) HasECharts() bool { return b.stage.Has(echartsPath) }

var templates = template.Must(template.New("").Funcs(functions).ParseFS(templateFiles, "templates/frame.html", "templates/parts.html", "templates/use.html"))
