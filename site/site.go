// Package site turns answers, dictionary and manifests into the report site: static HTML with charts, downloads and the
// provenance of each number. Two renderings of the same input give the same bytes.
package site

import (
	"context"
	"fmt"
	"html/template"
	"regexp"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"tidemark/analysis"
	"tidemark/collectors/journal"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Input is everything that the site is made of.
type Input struct {
	Title      string // of the site
	Notice     string // shown on every page, such as that these are sample data; empty: none
	Program    string // name and version of the program
	Answers    []*analysis.Answer
	Datasets   []*table.Schema              // the data dictionary
	Partitions map[string][]*table.Manifest // by dataset, oldest day first
	RFCs       []*RFC                       // documents that get a page
	Standards  Standards
	Networks   Networks
	URL        string        // where the site will stand, ending in a slash; empty: not known
	Drawings   string        // folder outside of the site that keeps drawings for the next rendering; empty: none
	Runs       []journal.Run // that the status page tells of, oldest first; nil: there is no such page
	Store      *table.Store  // of the partitions; nil: their files are not published
	Publish    Publish
	Changelog  string // Markdown of CHANGELOG.md, whose Data parts get a page; empty: no page
}

// RFC is what the datasets know of a watched document.
type RFC struct {
	Number    int
	Entry     *datasets.RFC          // in the newest index snapshot; nil: the document is not in it
	Relations []datasets.RFCRelation // of that snapshot, stated by this document or about it
	Related   []datasets.RFC         // entries of the other documents in those relations, as far as the index has them
	Events    []datasets.RFCEvent    // oldest first
	From      []*table.Manifest      // the partitions that this was read from

	Errata     []datasets.RFCErratum // by number
	Drafts     []Draft               // that would change it
	Successors []Successor           // with what changed in the text
	Citing     []string              // documents that cite it normatively, as the Datatracker says
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
func Render(ctx context.Context, in Input, dir string) (Report, error) {
	b, err := build(ctx, in, dir)
	if err != nil {
		return Report{}, fmt.Errorf("rendering the site: %w", err)
	}
	report := Report{Pages: len(b.pages), Files: len(b.files) + len(b.standing), Notes: b.notes}
	report.Written, report.Removed, err = publish(dir, b.files, b.standing)
	if err != nil {
		return report, fmt.Errorf("writing the site: %w", err)
	}
	return report, nil
}

// builder holds the site while it is made.
type builder struct {
	Input
	files    map[string][]byte          // by path in the site, with slashes
	standing map[string]onDisk          // likewise: files that are on the disk already
	earlier  earlier                    // what an earlier rendering published
	packages map[string]*datasetPackage // of the datasets that are published
	dated    []string                   // days of the versions that are published, oldest first
	pages    []*page
	notes    []string
	watched  map[int]bool // RFCs that have a page
	lineage  lineage
	charts   map[string]*chart // by the slug of the question; nil: nothing to draw
	cache    *cache
	feedAt   map[string]*feed // by their paths
	marks    sync.Map         // by the path of an asset: what its link has of its hash
}

func build(ctx context.Context, in Input, dir string) (*builder, error) {
	b := &builder{Input: in, files: map[string][]byte{}, standing: map[string]onDisk{}, packages: map[string]*datasetPackage{}, watched: map[int]bool{}, charts: map[string]*chart{}, cache: &cache{dir: in.Drawings, used: map[string]bool{}}, feedAt: map[string]*feed{},
		lineage: lineageOf(in.Partitions)}
	b.Publish = in.Publish.withDefaults(in.Title)
	for _, r := range in.RFCs {
		b.watched[r.Number] = true
	}
	if err := b.addAssets(); err != nil {
		return nil, err
	}
	var err error
	if b.earlier, err = earlierOf(dir); err != nil {
		return nil, err
	}
	if err := b.feeds(); err != nil {
		return nil, err
	}
	for _, of := range []func(context.Context) error{b.checkQuestions, b.drawAll, b.partitionFiles, b.questionPages, b.areaPages, b.datasetPages, b.rfcPages, b.rfcLists, b.networkPages, b.statusPage, b.sqlPage, b.changesPage,
		b.datedVersions, b.catalogues, b.frontPages, b.searchPage, b.signs} {
		if err := of(ctx); err != nil {
			return nil, err
		}
	}
	if err := b.renderAll(); err != nil {
		return nil, err
	}
	if err := b.add(sumsPath, sums(b.files, b.standing)); err != nil {
		return nil, err
	}
	return b, checkLinks(b.files, b.standing)
}

// renderAll makes the pages, several at a time: they read what the builder holds and change nothing of it.
func (b *builder) renderAll() error {
	contents := make([][]byte, len(b.pages))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, p := range b.pages {
		group.Go(func() (err error) {
			contents[i], err = p.render()
			p.Data = nil // a large site has much of it
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, p := range b.pages {
		if err := b.add(p.Path, contents[i]); err != nil {
			return err
		}
	}
	return nil
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

var slug = regexp.MustCompile(`^[a-z0-9]+(?:[-_][a-z0-9]+)*$`)

// add takes a file into the site.
func (b *builder) add(path string, content []byte) error {
	_, made := b.files[path]
	if _, stands := b.standing[path]; made || stands {
		return fmt.Errorf("two files want the path %s", path)
	}
	b.files[path] = content
	return nil
}

// HasECharts tells whether ECharts is built in, so that charts answer to the mouse.
func (b *builder) HasECharts() bool {
	_, there := b.files[echartsPath]
	return there
}

var templates = template.Must(template.New("").Funcs(functions).ParseFS(templateFiles, "templates/frame.html", "templates/parts.html", "templates/use.html"))
