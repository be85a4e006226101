package site

import (
	"slices"
	"strings"

	"tidemark/datasets/table"
	"tidemark/site/metadata"
	"tidemark/site/terms"
)

// publishers returns the publishers whose terms these are.
func publishers(all []terms.Terms) (names []string) {
	for _, t := range all {
		names = append(names, t.Publisher)
	}
	return names
}

// rowSources finds the column that names the source of each row: the first one of which every text is a collector of one of the raw files.
// It returns nil where there is none.
func (l lineage) rowSources(r *table.Result, from []*table.Manifest) *metadata.RowSources {
	byCollector := map[string][]table.Input{}
	for in := range l.files(from) {
		if c := terms.Collector(in); c != "" {
			byCollector[c] = append(byCollector[c], in)
		}
	}
	for i, c := range r.Columns {
		values := map[string]bool{}
		for _, row := range r.Rows {
			if text, is := row[i].(string); is {
				values[text] = true
			} else if row[i] != nil {
				values = nil // not a column of texts
				break
			}
		}
		if all := l.sourcesOf(values, byCollector); len(all) > 0 {
			return &metadata.RowSources{Column: c.Name, Values: all}
		}
	}
	return nil
}

// sourcesOf returns the publishers behind each value, in the order of the values; nil where one is not a collector. What others measured has
// their name behind that of the collector.
func (l lineage) sourcesOf(values map[string]bool, byCollector map[string][]table.Input) (all []metadata.RowSource) {
	for value := range values {
		collector, _, _ := strings.Cut(value, "@")
		files := byCollector[collector]
		if len(files) == 0 {
			return nil
		}
		all = append(all, metadata.RowSource{Value: value, Publishers: publishers(l.termsOfFiles(slices.Values(files)))})
	}
	slices.SortFunc(all, func(a, b metadata.RowSource) int { return strings.Compare(a.Value, b.Value) })
	return all
}
