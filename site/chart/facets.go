package chart

import (
	"slices"
	"strings"

	"tidemark/datasets/table"
	"tidemark/internal/legible"
	"tidemark/site/format"
)

// Facet is a column by which readers filter the series or the categories of a chart.
type Facet struct {
	Column string
	Name   string
	Values []FacetValue
}

// FacetValue is a value and how it is shown.
type FacetValue struct{ Value, Label string }

// facetNames are the columns that can be facets.
var facetNames = map[string]string{"family": "Family", "version": "Family", "collector": "Vantage point", "vantage": "Vantage point", "source": "Source", "service": "Service"}

const (
	maxFacetValues = 40
	maxChoices     = 4 // values shown side by side; more of them become a list
)

// Short reports whether the values fit side by side.
func (f Facet) Short() bool { return len(f.Values) <= maxChoices }

// facetFinder finds the columns that partition the series or the categories of a plot: those with one value in each.
type facetFinder struct {
	result     *table.Result
	columns    []int
	series     []map[string]string // by series, then column; a column that is missing has several values
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

// observe records the values of a row that belongs to a series and a category.
func (f *facetFinder) observe(row []any, series, category int) {
	f.series = f.record(f.series, row, series)
	if !f.overTime {
		f.categories = f.record(f.categories, row, category)
	}
}

func (f *facetFinder) record(all []map[string]string, row []any, at int) []map[string]string {
	fresh := at == len(all)
	if fresh {
		all = append(all, map[string]string{})
	}
	for _, i := range f.columns {
		c := f.result.Columns[i]
		value := legible.Text(c.Text(row[i]))
		if fresh {
			all[at][c.Name] = value
		} else if all[at][c.Name] != value {
			delete(all[at], c.Name)
		}
	}
	return all
}

// apply adds the facets to the plot: columns of which every series, or every category, has one value, and which have two
// or more values in all.
func (f *facetFinder) apply(p *plot) {
	for _, i := range f.columns {
		column := f.result.Columns[i].Name
		bySeries, whole := valuesOf(f.series, column)
		values := bySeries
		if !whole || len(values) < 2 {
			var byCategory []string
			byCategory, whole = valuesOf(f.categories, column)
			values = byCategory
		}
		if !whole || len(values) < 2 || len(values) > maxFacetValues || slices.ContainsFunc(p.facets, func(o Facet) bool { return o.Name == facetNames[column] }) {
			continue
		}
		found := Facet{Column: column, Name: facetNames[column]}
		for _, v := range values {
			label := v
			if column == "family" && !strings.HasPrefix(v, "IP") {
				label = "IPv" + v
			}
			if v == "" {
				label = "not named"
			}
			found.Values = append(found.Values, FacetValue{v, label})
		}
		p.facets = append(p.facets, found)
	}
	for i := range p.series {
		p.series[i].facets = f.series[i]
	}
	p.categoryFacets = f.categories
}

// valuesOf returns the distinct values of a column in their order; whole reports whether all have one.
func valuesOf(all []map[string]string, column string) (values []string, whole bool) {
	for _, one := range all {
		v, has := one[column]
		if !has {
			return nil, false
		}
		if !slices.Contains(values, v) {
			values = append(values, v)
		}
	}
	return values, len(all) > 0
}

// Tools are the controls of a chart.
type Tools struct {
	Facets   []Facet
	From, To string // ends of the time axis, YYYY-MM-DD; empty: the chart has no range
	Scale    bool   // the reader can choose between linear and logarithmic
	Log      bool   // logarithmic at first
	Show     string // what values can be converted to: share, index or nothing
	Keys     []Key  // the series, where there are several
}

// Key is a series as the legend shows it.
type Key struct {
	Name, Dash, Symbol string // dash pattern of an SVG line; empty: solid
	Index, Colour      int
}

func (p *plot) tools() Tools {
	t := Tools{Facets: p.facets, Log: p.Log, Scale: !p.isStacked() && !p.Share}
	if p.overTime {
		from, to := p.ends()
		if t.From, t.To = format.Day(from), format.Day(to); t.From == t.To {
			t.From, t.To = "", ""
		}
	}
	switch {
	case p.Share: // is one already, and says more than an index
	case p.Kind == "stacked" && len(p.series) > 1:
		t.Show = "share"
	case p.Kind == "line" && p.overTime && t.From != "":
		t.Show = "index"
	}
	if p.Series != "" && len(p.names()) > 1 {
		for i, s := range p.series {
			if slices.ContainsFunc(t.Keys, func(k Key) bool { return k.Name == s.name }) {
				continue // in another panel
			}
			k := Key{Name: s.name, Index: i, Colour: s.colour, Symbol: "bar"}
			switch {
			case p.Kind == "line":
				k.Symbol, k.Dash = s.symbol(), dashPatterns[s.dash()]
			case isUnknown(s.name):
				k.Symbol = "hatched"
			}
			t.Keys = append(t.Keys, k)
		}
	}
	return t
}

// facetValues returns the values of the facets for charts.js, by series and by category; nil without facets.
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
