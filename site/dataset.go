package site

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/site/format"
	"tidemark/site/metadata"
	"tidemark/site/publish"
	"tidemark/site/terms"
)

// datasetView is a dataset with what the store has of it.
type datasetView struct {
	*table.Schema
	Partitions []partitionView // newest first, as many as the page shows
	Count      int             // of all partitions
	Rows       int64
	Newest     string
	Ledger     []ledger
	Questions  []questionLink
	Metrics    []datasets.Metric // of table_stats
	CSV        string            // path of the whole list of partitions in the site
	Package    *datasetPackage   // what is published of it; nil: nothing
	Rule       string            // what is published of each dataset
	Index      string            // path of its Data Package
	Preview    *tableView        // nil: nothing to show
	PreviewOf  *table.Manifest
	Snippets   []snippet
	JSONLD     map[string]any
	Terms      []terms.Terms // of the publishers of the raw files
	MeasuredBy []publisherUse
}

// dictionaryView is the list of all datasets.
type dictionaryView struct {
	Datasets   []datasetView
	Rule       string // what is published of each
	Versions   int    // of the answers that are kept
	HasChanges bool   // there is a page on the changes of the data
}

// partitionView is one partition as its dataset's page lists it.
type partitionView struct {
	*table.Manifest
	Anchor  string
	Path    string // in the site; empty: not published
	Inputs  []inputView
	Refused []entry // rejected, by reason
	Remarks []entry // noted, by what was met
}

// inputView is a raw file or a partition of another dataset that a partition was made from.
type inputView struct {
	table.Input
	Link    string // where the raw file came from
	Dataset string // of the partition, if it is one
	Anchor  string // of that partition on its dataset's page; empty: not listed there
}

// ledger sums up what the decoders of a dataset counted, for one unit of counting.
type ledger struct {
	Unit            string
	Seen, Kept      int64
	Refused, Noted  []entry
	Damaged, Counts int // partitions with damage, all partitions of this unit
}

// entry is a reason with how often it applied.
type entry struct {
	Reason string
	N      int64
}

func datasetPath(name string) string { return "datasets/" + name + ".html" }

// datasetPages returns a page for each dataset and the dictionary, and writes the lists of all partitions.
func datasetPages(f *facts, stage *publish.Stage) (pages []*page, err error) {
	var all []datasetView
	for _, s := range f.Datasets {
		v, err := f.datasetView(s, stage)
		if err != nil {
			return nil, fmt.Errorf("dataset %s: %w", s.Name, err)
		}
		all = append(all, v)
		lead, _ := format.Lead(s.Row)
		pages = append(pages, &page{frame: f.frame, Path: datasetPath(s.Name), Nav: "Data", Body: "dataset.html", Scripts: []string{tableScript}, Kind: kindDataset, Words: datasetWords(&v),
			Title: s.Name, Description: lead, AsOf: v.Newest, Data: v})
	}
	return append(pages, &page{frame: f.frame, Path: "datasets/index.html", Nav: "Data", Body: "datasets.html", Scripts: []string{tableScript},
		Title: "Datasets", Description: "Every table with its columns, what is in it, and what was rejected on the way.",
		Data: dictionaryView{Datasets: all, Rule: publishingRule(f.Publish), Versions: *f.Publish.Versions, HasChanges: f.Changelog != ""}}), nil
}

func (f *facts) datasetView(s *table.Schema, stage *publish.Stage) (datasetView, error) {
	v := datasetView{Schema: s, Rule: publishingRule(f.Publish), CSV: "datasets/" + s.Name + ".partitions.csv"}
	if s == datasets.TableStats.Schema {
		v.Metrics = datasets.Metrics
	}
	partitions := f.Partitions[s.Name]
	v.Count = len(partitions)
	list := &table.Result{Columns: []table.ResultColumn{
		{Name: "day", Type: table.Date}, {Name: "partition"}, {Name: "rows", Type: table.Int64}, {Name: "bytes", Type: table.Int64},
		{Name: "sha256"}, {Name: "unit"}, {Name: "seen", Type: table.Int64}, {Name: "kept", Type: table.Int64},
		{Name: "rejected", Type: table.Int64}, {Name: "program"}, {Name: "inputs"}, {Name: "measured_by"},
	}}
	for i, m := range slices.Backward(partitions) {
		v.Rows += m.Rows
		v.Newest = max(v.Newest, dayOf(m))
		list.Rows = append(list.Rows, []any{m.Day(), m.File, m.Rows, m.Bytes, m.SHA256, m.Unit, m.Seen, m.Kept, m.Seen - m.Kept, m.Program, inputNames(m), measurer(m)})
		if len(partitions)-i <= maxListed {
			v.Partitions = append(v.Partitions, f.partitionView(m))
		}
	}
	v.Ledger, v.Terms, v.MeasuredBy = ledgerOf(partitions), f.lineage.terms(partitions), f.lineage.measuredBy(partitions)
	for _, a := range f.Answers {
		if slices.Contains(a.Question.Datasets, s) {
			v.Questions = append(v.Questions, questionLink{a.Question.Slug, a.Question.Title})
		}
	}
	content, err := written(list.WriteCSV)
	if err != nil {
		return v, err
	}
	if v.Package = f.packages[s.Name]; v.Package != nil {
		v.Index = metadata.PackagePath(s.Name)
		if len(v.Package.Partitions) > 0 {
			v.Snippets = datasetSnippets(v.Package)
		}
		if v.Preview, v.PreviewOf, err = f.preview(s); err != nil {
			return v, err
		}
		var fields []metadata.Field
		for _, c := range s.Columns {
			fields = append(fields, metadata.Field{Name: c.Name, Description: c.Doc, Unit: c.Unit})
		}
		v.JSONLD = metadata.Structured(f.Site, datasetPath(s.Name), f.Site.Title+": "+s.Name, s.Row, v.Newest, v.Package.Combined, fields, v.Terms)
	}
	return v, stage.Add(v.CSV, content)
}

func (f *facts) partitionView(m *table.Manifest) partitionView {
	v := partitionView{Manifest: m, Anchor: anchor(m), Refused: entries(m.Rejected), Remarks: entries(m.Noted)}
	if f.packages[m.Dataset].publishes(m) {
		v.Path = metadata.PartitionPath(m)
	}
	for _, in := range m.Inputs {
		view := inputView{Input: in, Link: publicURL(in.URL)}
		if below, derived := f.lineage.made[in.Name]; derived {
			view.Dataset = below.Dataset
			if f.listsPartition(below) {
				view.Anchor = anchor(below)
			}
		}
		v.Inputs = append(v.Inputs, view)
	}
	return v
}

// inputNames returns the paths of what a partition was made from, separated by bars, which no path contains.
func inputNames(m *table.Manifest) string {
	names := make([]string, len(m.Inputs))
	for i, in := range m.Inputs {
		names[i] = in.Name
	}
	return strings.Join(names, "|")
}

// listsPartition reports whether the page of the partition's dataset lists it. Answers have manifests of their own, so that path and SHA-256
// decide.
func (f *facts) listsPartition(m *table.Manifest) bool { return f.listed[m.File] == m.SHA256 }

// listedPartitions returns the SHA-256 of the partitions that the pages of their datasets list, by path.
func listedPartitions(in Input) map[string]string {
	listed := map[string]string{}
	for _, s := range in.Datasets {
		all := in.Partitions[s.Name]
		for _, m := range all[max(0, len(all)-maxListed):] {
			listed[m.File] = m.SHA256
		}
	}
	return listed
}

// ledgerOf sums up the counts of partitions, by the unit that they count in.
func ledgerOf(partitions []*table.Manifest) []ledger {
	byUnit := map[string]*ledger{}
	refused, noted := map[string]map[string]int64{}, map[string]map[string]int64{}
	for _, m := range partitions {
		l := byUnit[m.Unit]
		if l == nil {
			l = &ledger{Unit: m.Unit}
			byUnit[m.Unit] = l
			refused[m.Unit], noted[m.Unit] = map[string]int64{}, map[string]int64{}
		}
		l.Counts++
		l.Seen += m.Seen
		l.Kept += m.Kept
		if len(m.Damage) > 0 {
			l.Damaged++
		}
		for reason, n := range m.Rejected {
			refused[m.Unit][reason] += n
		}
		for reason, n := range m.Noted {
			noted[m.Unit][reason] += n
		}
	}
	var all []ledger
	for _, unit := range slices.Sorted(maps.Keys(byUnit)) {
		l := byUnit[unit]
		l.Refused, l.Noted = entries(refused[unit]), entries(noted[unit])
		all = append(all, *l)
	}
	return all
}

// entries returns counts, largest first.
func entries(counts map[string]int64) []entry {
	var all []entry
	for reason, n := range counts {
		all = append(all, entry{reason, n})
	}
	slices.SortFunc(all, func(a, b entry) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Reason, b.Reason))
	})
	return all
}
