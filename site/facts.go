package site

import (
	"regexp"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"tidemark/datasets/table"
	"tidemark/rfcwatch/digest"
	"tidemark/rfcwatch/dossier"
	"tidemark/site/chart"
	"tidemark/site/format"
	"tidemark/site/metadata"
	"tidemark/site/publish"
)

// slug is what the name of a question may look like.
var slug = regexp.MustCompile(`^[a-z0-9]+(?:[-_][a-z0-9]+)*$`)

// facts is what the pages, the catalogue and the search are functions of. Nothing changes it once it is gathered.
type facts struct {
	Input
	*frame
	Site     metadata.Site // in whole
	lineage  lineage
	traced   []traced                // so far: the only thing that grows once the facts are gathered
	charts   map[string]*chart.Chart // by the slug of the question; nil: nothing to draw
	plots    map[string]*chart.Chart // of reports and watched networks, by slug
	answers  []answerTable           // as they are published, in the order of the answers
	dated    map[string][]datedFile  // by the slug of the question, newest first
	packages map[string]*datasetPackage
	listed   map[string]string // SHA-256 of the partitions that the pages of their datasets list, by path
	weeks    []digest.Week     // in which something changed around what is watched, newest first
	runs     *statusView       // nil: the site does not tell of its runs
	groups   map[string]*group // working groups by name
	asNames  map[uint32]string // short ones; nil: there is no table of routes
	memory   *memory
}

// gatherFacts writes the files that the facts are about.
func gatherFacts(in Input, built builtIn, artist artist, memory *memory, stage *publish.Stage) (*facts, error) {
	site := metadata.Site{Title: in.Title, URL: in.URL, Program: in.Program, Publisher: in.Publish.Publisher, License: in.Publish.License, Newest: newestDay(in.Partitions)}
	lineage := lineageOf(in.Partitions, in.Campaigns.All)
	var all []*table.Manifest
	for _, s := range in.Datasets {
		all = append(all, in.Partitions[s.Name]...)
	}
	site.Sources = lineage.terms(all)
	rfcs := map[int]*dossier.RFC{}
	for _, r := range slices.Concat(in.RFCs, in.Standards.Others) {
		rfcs[r.Number] = r
	}
	runs := statusOf(in.Runs, site)
	weeks := in.weeks()
	feeds := rfcFeeds(in, site, rfcs, weeks)
	if runs != nil {
		feeds[alertsPath] = runs.Feed
	}
	for _, t := range in.Told {
		f := toldFeed(t, site, runs != nil)
		feeds[f.Path] = f
		if runs != nil {
			runs.Told = append(runs.Told, f)
		}
	}
	if err := writeFeeds(feeds, site, stage); err != nil {
		return nil, err
	}
	made, err := publishData(in, site, lineage, artist, memory, stage)
	if err != nil {
		return nil, err
	}
	dated, err := publishVersions(made.answers, *in.Publish.Versions, stage)
	if err != nil {
		return nil, err
	}
	if err := publishOldAddresses(made.answers, made.charts, stage); err != nil {
		return nil, err
	}
	named := site
	named.Newest, named.Sources = "", nil
	frame := &frame{Site: named, newest: site.Newest, Notice: in.Notice, HasECharts: built.echarts, HasDuckDB: built.duckDB > 0, duckDBBytes: built.duckDB,
		HasRuns: runs != nil, HasNeeds: needsOf(in.Answers, in.Partitions).any(), empty: emptyAreas(in.Answers), rfcs: rfcs, watchedASes: watchedASes(in.Networks), anyAS: in.Lookup != nil, feeds: feeds, file: stage.File, parts: new(sync.Map)}
	asNames, err := in.Lookup.Names()
	if err != nil {
		return nil, err
	}
	return &facts{Input: in, frame: frame, Site: site, lineage: lineage, charts: made.charts, plots: made.plots, answers: made.answers, dated: dated, packages: made.packages, listed: listedPartitions(in), weeks: weeks, runs: runs, asNames: asNames, groups: groupsOf(in.Standards, rfcs), memory: memory}, nil
}

// newestDay returns the day of the newest partition as YYYY-MM-DD; "" where there is none.
func newestDay(partitions map[string][]*table.Manifest) (newest string) {
	for _, all := range partitions {
		newest = max(newest, newestOf(all))
	}
	return newest
}

// newestOf returns the same of some partitions.
func newestOf(all []*table.Manifest) (newest string) {
	for _, m := range all {
		newest = max(newest, format.Day(m.Day()))
	}
	return newest
}

// publishedData is what publishData wrote, by the names that facts have of it.
type publishedData struct {
	charts, plots map[string]*chart.Chart
	answers       []answerTable
	packages      map[string]*datasetPackage
}

// publishData writes drawings, answers and datasets, all at the same time: of datasets one after another is combined, as it is held in memory.
func publishData(in Input, site metadata.Site, lineage lineage, artist artist, memory *memory, stage *publish.Stage) (made publishedData, err error) {
	var lanes errgroup.Group
	lanes.Go(func() (err error) {
		made.packages, err = publishDatasets(in, site, lineage, memory, stage)
		return err
	})
	lanes.Go(func() (err error) {
		if made.charts, err = artist.drawCharts(in.Answers, footerOf(site, lineage), stage); err != nil {
			return err
		}
		made.plots, err = artist.drawCharts(slices.Concat(plotted(in.Reports), in.Networks.plotted()), footerOf(site, lineage), stage)
		return err
	})
	lanes.Go(func() (err error) {
		made.answers, err = publishAnswers(site, lineage, in.Answers, memory, stage)
		return err
	})
	return made, lanes.Wait()
}
