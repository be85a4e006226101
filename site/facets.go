package site

import (
	"slices"
	"strings"

	"tidemark/datasets/table"
)

// facet is a column by which readers choose among the series or the categories of a chart.
type facet struct {
	Column string
	Name   string
	Values []facetValue
}

// facetValue is a value with the words for it.
type facetValue struct{ Value, Label string }

// facetNames are the columns that can be facets.
var facetNames = map[string]string{"family": "Family", "version": "Family", "collector": "Vantage", "vantage": "Vantage", "source": "Source", "service": "Service"}

const (
	facetLimit  = 40 // values of a facet
	choiceLimit = 4  // more of them are a list to open
)

// Short tells that the values have room beside each other.
func (f facet) Short() bool { return len(f.Values) <= choiceLimit }

// facetFinder finds out which columns part the series or the categories of a plot: those with one value in each.
type facetFinder struct {
	result     *table.Result
	columns    []int
	series     []map[string]string // by series, then column; a missing column has several values
	categories []map[string]string
	overTime   bool
}

func facetsIn(r *table.Result, p *plot) *facetFinder {
	f := &facetFinder{result: r, overTime: p.overTime}
	for i, c := range r.Columns {
		if facetNames[c.Name] != "" && !slices.Contains([]string{p.X, p.Y, p.Series}, c.Name) {
			f.columns = append(f.columns, i)
		}
	}
	return f
}

// met takes notice of a row of a series and a category.
func (f *facetFinder) met(row []any, series, category int) {
	f.series = f.note(f.series, row, series)
	if !f.overTime {
		f.categories = f.note(f.categories, row, category)
	}
}

func (f *facetFinder) note(all []map[string]string, row []any, at int) []map[string]string {
	fresh := at == len(all)
	if fresh {
		all = append(all, map[string]string{})
	}
	for _, i := range f.columns {
		c := f.result.Columns[i]
		value := legible(c.Text(row[i]))
		if fresh {
			all[at][c.Name] = value
		} else if all[at][c.Name] != value {
			delete(all[at], c.Name)
		}
	}
	return all
}

// fill gives the plot its facets: columns that every series, or every category, has one value of, and two or more in all.
func (f *facetFinder) fill(p *plot) {
	for _, i := range f.columns {
		column := f.result.Columns[i].Name
		bySeries, whole := valuesOf(f.series, column)
		values := bySeries
		if !whole || len(values) < 2 {
			var byCategory []string
			byCategory, whole = valuesOf(f.categories, column)
			values = byCategory
		}
		if !whole || len(values) < 2 || len(values) > facetLimit || slices.ContainsFunc(p.facets, func(o facet) bool { return o.Name == facetNames[column] }) {
			continue
		}
		at := facet{Column: column, Name: facetNames[column]}
		for _, v := range values {
			label := v
			if column == "family" && !strings.HasPrefix(v, "IP") {
				label = "IPv" + v
			}
			at.Values = append(at.Values, facetValue{v, label})
		}
		p.facets = append(p.facets, at)
	}
	for i := range p.series {
		p.series[i].facets = f.series[i]
	}
	p.categoryFacets = f.categories
}

// valuesOf are the distinct values of a column in their order; whole tells that each of all has one.
func valuesOf(all []map[string]string, column string) (values []string, whole bool) {
	for _, of := range all {
		v, has := of[column]
		if !has {
			return nil, false
		}
		if !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values, len(all) > 0
}

// tools are the controls of a chart.
type tools struct {
	Facets   []facet
	From, To string // ends of the time axis; empty: the chart has no range
	Scale    bool   // linear or logarithmic
	Log      bool   // logarithmic at first
	Show     string // what the values can be shown as besides themselves: share, index or nothing
	Keys     []key  // the series, where there are several
}

// key is a series as the legend shows it.
type key struct {
	Name, Dash, Symbol string // dash pattern of an SVG line; empty: solid
	Index, Colour      int
}

func (p *plot) tools() tools {
	t := tools{Facets: p.facets, Log: p.Log, Scale: p.Kind != "stacked"}
	if p.overTime {
		from, to := p.ends()
		if t.From, t.To = day(from), day(to); t.From == t.To {
			t.From, t.To = "", ""
		}
	}
	switch {
	case p.Kind == "stacked" && len(p.series) > 1:
		t.Show = "share"
	case p.Kind == "line" && p.overTime && t.From != "":
		t.Show = "index"
	}
	if p.Series != "" && len(p.series) > 1 {
		for i, s := range p.series {
			k := key{Name: s.name, Index: i, Colour: i % paletteSize, Symbol: "bar"}
			if p.Kind == "line" {
				k.Symbol, k.Dash = symbols[i%len(symbols)], map[string]string{"solid": "", "dashed": "6 4", "dotted": "2 3"}[dashes[i%len(dashes)]]
			}
			t.Keys = append(t.Keys, k)
		}
	}
	return t
}

// facetValues are the values of the series and of the categories for charts.js, in their order.
func (p *plot) facetValues() map[string]any {
	if len(p.facets) == 0 {
		return nil
	}
	series := make([]map[string]string, len(p.series))
	for i, s := range p.series {
		series[i] = s.facets
	}
	return map[string]any{"series": series, "categories": p.categoryFacets}
}
