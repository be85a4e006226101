package site

import (
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"

	"tidemark/analysis/campaign"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/site/format"
	"tidemark/site/metadata"
	"tidemark/site/publish"
	"tidemark/site/terms"
)

// lineage finds the raw files that a partition was made from: its own source, or for a derived partition the sources of
// its inputs.
type lineage struct {
	made   map[string]*table.Manifest  // by the partition's path in the store
	probed map[string][]terms.Terms    // of the list of domains that a probe was about, by the name of its raw file
	raw    map[[2]string][]terms.Terms // of a raw file, by its name and address
	below  map[string][]terms.Terms    // of the raw files that a partition was made from, by its path in the store
}

func lineageOf(partitions map[string][]*table.Manifest, campaigns []*campaign.Campaign) lineage {
	l := lineage{map[string]*table.Manifest{}, map[string][]terms.Terms{}, map[[2]string][]terms.Terms{}, map[string][]terms.Terms{}}
	for _, all := range partitions {
		for _, m := range all {
			l.made[m.File] = m
		}
	}
	byRun := map[string][]terms.Terms{}
	for _, c := range campaigns {
		var own []terms.Terms
		if t, known := terms.OfList(c.List, publicURL(c.URL), c.Owner); known {
			own = append(own, t)
		}
		for _, r := range c.Runs {
			byRun[r.ID] = own
		}
	}
	for _, m := range partitions[datasets.IPv6Runs.Name] {
		if own, known := byRun[m.Labels["run_id"]]; known && len(m.Inputs) > 0 {
			l.probed[m.Inputs[0].Name] = own
		}
	}
	for _, file := range slices.Sorted(maps.Keys(l.made)) {
		l.findTerms(l.made[file])
	}
	return l
}

// findTerms finds the terms of what a partition was made from, after those of the partitions below it.
func (l lineage) findTerms(m *table.Manifest) []terms.Terms {
	if found, known := l.below[m.File]; known {
		return found
	}
	l.below[m.File] = nil // what leads to itself adds nothing
	l.below[m.File] = terms.Union(func(yield func([]terms.Terms) bool) {
		for _, in := range m.Inputs {
			all, known := l.raw[[2]string{in.Name, in.URL}]
			if below, derived := l.made[in.Name]; derived {
				all = l.findTerms(below)
			} else if !known {
				all = terms.AllOf(in, l.probed)
				l.raw[[2]string{in.Name, in.URL}] = all
			}
			if !yield(all) {
				return
			}
		}
	})
	return l.below[m.File]
}

// sources returns the raw files that a partition was made from, each once, in the order of the inputs. Partitions that
// exist no longer count as raw files.
func (l lineage) sources(partition *table.Manifest) []table.Input {
	var all []table.Input
	met := map[string]bool{}
	var follow func(m *table.Manifest)
	follow = func(m *table.Manifest) {
		for _, in := range m.Inputs {
			if met[in.Name] {
				continue
			}
			met[in.Name] = true
			if below, derived := l.made[in.Name]; derived {
				follow(below)
			} else {
				all = append(all, in)
			}
		}
	}
	follow(partition)
	return all
}

// files returns the raw files that partitions were made from, each once.
func (l lineage) files(from []*table.Manifest) iter.Seq[table.Input] {
	return func(yield func(table.Input) bool) {
		met := map[string]bool{}
		var follow func(all []*table.Manifest) bool
		follow = func(all []*table.Manifest) bool {
			for _, m := range all {
				for _, in := range m.Inputs {
					if met[in.Name] {
						continue
					}
					met[in.Name] = true
					if below, derived := l.made[in.Name]; derived {
						if !follow([]*table.Manifest{below}) {
							return false
						}
					} else if !yield(in) {
						return false
					}
				}
			}
			return true
		}
		follow(from)
	}
}

// terms returns the terms of the raw files that partitions were made from.
func (l lineage) terms(from []*table.Manifest) []terms.Terms {
	return terms.Union(func(yield func([]terms.Terms) bool) {
		for _, m := range from {
			all, known := l.below[m.File]
			if !known { // it is not a partition of the site
				all = l.termsOfFiles(l.files([]*table.Manifest{m}))
			}
			if !yield(all) {
				return
			}
		}
	})
}

// termsOfFiles returns the terms of raw files.
func (l lineage) termsOfFiles(files iter.Seq[table.Input]) []terms.Terms {
	return terms.Union(func(yield func([]terms.Terms) bool) {
		for in := range files {
			all, known := l.raw[[2]string{in.Name, in.URL}]
			if !known {
				all = terms.AllOf(in, l.probed)
			}
			if !yield(all) {
				return
			}
		}
	})
}

// provenance is where the rows of a page come from.
type provenance struct {
	*trace
	CSV string // path of the whole list in the site
}

// trace is what partitions lead to. It has only what a page shows, so that the page is kept until that changes.
type trace struct {
	Datasets       []datasetUse
	Partitions     []partitionUse // the first maxTraced
	PartitionCount int
	Sources        []source // the first maxTraced
	SourceCount    int
	Terms          []terms.Terms // of the publishers of the sources
	MeasuredBy     []publisherUse
}

// traced is the first provenance of a list of partitions: questions on the same datasets have the same.
type traced struct {
	from []*table.Manifest
	provenance
}

// datasetUse sums up the partitions of one dataset.
type datasetUse struct {
	Name       string
	Partitions int
	Rows       int64
	Newest     string // day of the newest partition; empty: none has a day
}

// publisherUse is an installation that partitions were adopted from, and how many of them.
type publisherUse struct {
	table.Publisher
	Link       string
	Partitions int
}

// measuredBy returns who made the partitions that are not of this installation, among those given and all that they were made from, by the
// address.
func (l lineage) measuredBy(from []*table.Manifest) (all []publisherUse) {
	met := map[*table.Manifest]bool{}
	var follow func(m *table.Manifest)
	follow = func(m *table.Manifest) {
		if met[m] {
			return
		}
		met[m] = true
		if by := m.MeasuredBy; by != nil {
			i, known := slices.BinarySearchFunc(all, by.URL, func(u publisherUse, url string) int { return strings.Compare(u.URL, url) })
			if !known {
				all = slices.Insert(all, i, publisherUse{Publisher: *by, Link: publicURL(by.URL)})
			}
			all[i].Partitions++
		}
		for _, in := range m.Inputs {
			if below := l.made[in.Name]; below != nil {
				follow(below)
			}
		}
	}
	for _, m := range from {
		follow(m)
	}
	return all
}

// measurer returns the address of whoever made a partition; empty: this installation.
func measurer(m *table.Manifest) string {
	if m.MeasuredBy == nil {
		return ""
	}
	return m.MeasuredBy.URL
}

// partitionUse is a partition with the sources below it.
type partitionUse struct {
	*table.Manifest
	Anchor  string // of the partition on the page of its dataset; empty: not listed there
	Path    string // of its file in the site; empty: not published
	Sources []int  // numbers of the sources among all, from 0
}

// source is a raw file.
type source struct {
	table.Input
	Link string // its URL, if it is public
}

// maxListed bounds the lists and tables of a page; the downloads hold everything.
const maxListed = 500

// maxTraced bounds the partitions and the source files that a page lists; its CSV has all of them.
const maxTraced = 50

// provenanceOf follows partitions down to their raw files, and writes the whole list at the path csv.
func (f *facts) provenanceOf(from []*table.Manifest, csv string, stage *publish.Stage) (*provenance, error) {
	for _, t := range f.traced {
		if slices.Equal(t.from, from) {
			return &provenance{t.trace, csv}, stage.Alias(csv, t.CSV)
		}
	}
	p := &trace{Datasets: uses(from), PartitionCount: len(from), Terms: f.lineage.terms(from), MeasuredBy: f.lineage.measuredBy(from)}
	list := &table.Result{Columns: []table.ResultColumn{
		{Name: "dataset"}, {Name: "partition"}, {Name: "rows", Type: table.Int64}, {Name: "partition_sha256"},
		{Name: "source"}, {Name: "source_url"}, {Name: "source_bytes", Type: table.Int64}, {Name: "source_sha256"}, {Name: "measured_by"},
		{Name: "source_publisher"}, {Name: "source_license"}, {Name: "source_conditions"}, {Name: "source_attribution"},
	}}
	at := map[table.Input]int{}
	var all []source
	var theirs []terms.Terms // of each source
	for n, m := range from {
		use := partitionUse{Manifest: m}
		for _, in := range f.lineage.sources(m) {
			i, known := at[in]
			if !known {
				i = len(all)
				at[in] = i
				all = append(all, source{Input: in, Link: publicURL(in.URL)})
				theirs = append(theirs, terms.Of(in))
			}
			use.Sources = append(use.Sources, i)
			t := theirs[i]
			list.Rows = append(list.Rows, []any{m.Dataset, m.File, m.Rows, m.SHA256, in.Name, all[i].Link, in.Bytes, in.SHA256, measurer(m), t.Publisher, t.License, t.Conditions, t.Attribution})
		}
		if n < maxTraced {
			use.Path = f.partitionFile(m)
			if f.listsPartition(m) {
				use.Anchor = anchor(m)
			}
			p.Partitions = append(p.Partitions, use)
		}
	}
	p.Sources, p.SourceCount = all[:min(len(all), maxTraced)], len(all)
	content, err := written(list.WriteCSV)
	if err != nil {
		return nil, err
	}
	f.traced = append(f.traced, traced{from, provenance{p, csv}})
	return &provenance{p, csv}, stage.Add(csv, content)
}

// partitionFile returns the path of a partition's file in the site; empty: it is not published, or was made anew since.
func (f *facts) partitionFile(m *table.Manifest) string {
	path := metadata.PartitionPath(m)
	if published, there := f.file(path); !there || published.SHA256 != m.SHA256 {
		return ""
	}
	return path
}

// uses sums up partitions by dataset, in the order in which the datasets first occur.
func uses(from []*table.Manifest) []datasetUse {
	var all []datasetUse
	for _, m := range from {
		at := slices.IndexFunc(all, func(u datasetUse) bool { return u.Name == m.Dataset })
		if at < 0 {
			at = len(all)
			all = append(all, datasetUse{Name: m.Dataset})
		}
		all[at].Partitions++
		all[at].Rows += m.Rows
		all[at].Newest = max(all[at].Newest, dayOf(m))
	}
	return all
}

// dayOf returns the day of a partition; empty: it has none.
func dayOf(m *table.Manifest) string {
	if m.Day().Equal(datasets.Timeless) {
		return ""
	}
	return format.Day(m.Day())
}

// publicURL returns s if it is an http(s) URL without credentials, else "": local paths are not published.
func publicURL(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil {
		return ""
	}
	return u.String()
}

// anchor returns the id of a partition on the page of its dataset.
func anchor(m *table.Manifest) string { return "p-" + format.Day(m.Day()) + "." + m.Name() }
