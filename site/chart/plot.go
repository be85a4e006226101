package chart

import (
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"tidemark/analysis"
	"tidemark/datasets/table"
	"tidemark/internal/legible"
	"tidemark/internal/quantity"
	"tidemark/site/format"
)

// kindNames are the kinds of charts.
var kindNames = map[string]string{"line": "Line chart", "bar": "Bar chart", "stacked": "Stacked bar chart", area: "Area chart"}

// series are the points that belong together.
type series struct {
	name   string
	panel  string // of the whole that it is a part of; "": there is one
	points []point
	facets map[string]string // values of the facets that all its rows share

	headline bool   // the lead is about rows of it
	colour   int    // index in the palette
	label    string // name within its panel
	shade    int    // 0 is the full colour; the others are paler
	place    int    // among the lines of its colour, which differ by dash and symbol
}

// point is one value. A nil y is a gap.
type point struct {
	time     int64 // milliseconds since 1970, on a time axis
	category int   // index, on a category axis
	y        *float64
	hole     bool // a date between two others is missing

	low, high *float64 // the spread around y; nil: unknown
}

// plot is an answer's rows arranged for drawing.
type plot struct {
	analysis.Chart
	overTime   bool
	horizontal bool // bars from left to right, for categories with long names
	categories []string
	series     []series
	breaks     []Break
	events     []Event
	notes      []string
	facets     []Facet
	// categoryFacets are the values of the facets that all rows of a category share.
	categoryFacets []map[string]string
}

// plotOf arranges the rows of an answer; nil where no row has a value.
func plotOf(a *analysis.Answer) (*plot, error) {
	p := &plot{Chart: *a.Question.Chart}
	if kindNames[p.Kind] == "" || p.Kind == area {
		return nil, fmt.Errorf("unknown kind of chart %q (want line, bar or stacked)", p.Kind)
	}
	columns, err := columnsOf(p.Chart, a.Result)
	if err != nil {
		return nil, err
	}
	p.YName, p.Share = legible.Text(p.YName), p.Share || p.Whole
	abscissa := a.Result.Columns[columns.x].Type
	p.overTime = abscissa == table.Date || abscissa == table.Timestamp
	r := &rowReader{plot: p, result: a.Result, columns: columns, category: map[string]int{}, seriesOf: map[part]int{}, filled: map[place]bool{}, facets: facetsIn(a.Result, p)}
	for _, row := range a.Result.Rows {
		r.add(row)
	}
	r.note()
	// Names are read best beside the bars, but a long row of times from left to right.
	p.horizontal = !p.overTime && p.Kind != "line" && abscissa == table.String && longest(p.categories) > 6 &&
		(len(p.categories) <= maxHorizontalBars || !startsWithYear.MatchString(p.categories[0]))
	r.facets.apply(p)
	wasOverTime := p.overTime
	if p.Kind == "stacked" && p.Share {
		p.compose()
	}
	p.ofOneDate()
	if p.overTime && p.Kind != "line" && p.Kind != area {
		p.align()
	}
	if wasOverTime && !p.overTime && len(p.categories) == 1 && len(p.series) == 1 {
		return nil, nil // one number, which the table says
	}
	p.limit()
	p.setColours()
	p.sortBreaks()
	p.setEvents(a.Question)
	if !slices.ContainsFunc(p.series, func(s series) bool { return countValues(s.points) > 0 }) {
		return nil, nil
	}
	return p, nil
}

// columns are the indexes of the columns that a chart is drawn from; -1 for one that it does not name.
type columns struct {
	x, y, series, low, high, breaks int
	panels                          []int

	headline map[int]string // values of the rows that the lead is about
}

func columnsOf(c analysis.Chart, r *table.Result) (columns, error) {
	find := func(name string) int {
		return slices.IndexFunc(r.Columns, func(c table.ResultColumn) bool { return c.Name == name })
	}
	all := columns{x: find(c.X), y: find(c.Y), series: find(c.Series), low: find(c.Low), high: find(c.High), breaks: find(c.Break), headline: map[int]string{}}
	for _, name := range c.Panels {
		i := find(name)
		if i < 0 {
			return all, fmt.Errorf("the answer lacks the column %q, which divides the chart into panels", name)
		}
		all.panels = append(all.panels, i)
	}
	for name, value := range c.Headline {
		i := find(name)
		if i < 0 {
			return all, fmt.Errorf("the answer lacks the column %q of the headline", name)
		}
		all.headline[i] = value
	}
	if all.x < 0 || all.y < 0 || all.series < 0 && c.Series != "" {
		return all, fmt.Errorf("the answer lacks one of the columns %q, %q, %q", c.X, c.Y, c.Series)
	}
	if all.low < 0 && c.Low != "" || all.high < 0 && c.High != "" || all.breaks < 0 && c.Break != "" {
		return all, fmt.Errorf("the answer lacks one of the columns %q, %q, %q", c.Low, c.High, c.Break)
	}
	if !format.IsNumber(r.Columns[all.y].Type) {
		return all, fmt.Errorf("column %s does not hold numbers", c.Y)
	}
	return all, nil
}

// part is a series of a panel.
type part struct{ panel, name string }

// place is where a value of a category axis is drawn.
type place struct{ series, category int }

// rowReader appends rows to the series of a plot.
type rowReader struct {
	*plot
	result   *table.Result
	columns  columns
	category map[string]int // indexes by name
	seriesOf map[part]int
	filled   map[place]bool
	facets   *facetFinder

	nonPositive int // values that a logarithmic axis cannot show
	duplicates  int // rows whose place another row has
}

func (r *rowReader) add(row []any) {
	name := r.YName
	if i := r.columns.series; i >= 0 {
		name = seriesName(r.result.Columns[i], row[i])
	}
	panel := r.panel(row)
	at, ok := r.point(row, cmp.Or(panel, name))
	if !ok {
		return
	}
	if r.Log && at.y != nil && *at.y <= 0 {
		r.nonPositive++
	}
	i, known := r.seriesOf[part{panel, name}]
	if !known {
		i = len(r.series)
		r.seriesOf[part{panel, name}] = i
		r.series = append(r.series, series{name: name, panel: panel})
	}
	r.series[i].headline = r.series[i].headline || r.isHeadline(row)
	r.facets.observe(row, i, at.category)
	if !r.overTime {
		if r.filled[place{i, at.category}] {
			r.duplicates++
			return
		}
		r.filled[place{i, at.category}] = true
	}
	r.series[i].points = append(r.series[i].points, at)
}

// panel returns the name of the whole that a row is about.
func (r *rowReader) panel(row []any) string {
	var names []string
	for _, i := range r.columns.panels {
		names = append(names, seriesName(r.result.Columns[i], row[i]))
	}
	return strings.Join(names, ", ")
}

// isHeadline reports whether the lead is about the row.
func (r *rowReader) isHeadline(row []any) bool {
	for i, want := range r.columns.headline {
		if r.result.Columns[i].Text(row[i]) != want {
			return false
		}
	}
	return len(r.columns.headline) > 0
}

// value returns a number of the answer as it is drawn; nil where there is none.
func (r *rowReader) value(v any) *float64 {
	y := format.Float(v)
	if y == nil || !r.Share || r.Whole {
		return y
	}
	percent := math.Round(*y*1e8) / 1e6 // without the noise of the product's last digits
	return &percent
}

// point returns the point of a row, and records its category and its break; not ok for a row without a time or a
// category, which has no place on the axis.
func (r *rowReader) point(row []any, of string) (at point, ok bool) {
	at.y = r.value(row[r.columns.y])
	if !r.overTime {
		if row[r.columns.x] == nil {
			return at, false
		}
		name := legible.Text(r.result.Columns[r.columns.x].Text(row[r.columns.x]))
		i, known := r.category[name]
		if !known {
			i = len(r.categories)
			r.category[name] = i
			r.categories = append(r.categories, name)
		}
		at.category = i
		return at, true
	}
	t, ok := row[r.columns.x].(time.Time)
	if !ok {
		return at, false
	}
	at.time = t.UnixMilli()
	if r.columns.low >= 0 && r.columns.high >= 0 {
		at.low, at.high = r.value(row[r.columns.low]), r.value(row[r.columns.high])
	}
	if i := r.columns.breaks; i >= 0 {
		if text := legible.Text(r.result.Columns[i].Text(row[i])); text != "" {
			r.breaks = append(r.breaks, Break{at.time, of, text})
		}
	}
	return at, true
}

func (r *rowReader) note() {
	if r.duplicates > 0 {
		text := "%s rows share their place with another row and are not drawn; the table has all rows."
		if r.duplicates == 1 {
			text = "%s row shares its place with another row and is not drawn; the table has all rows."
		}
		r.notes = append(r.notes, fmt.Sprintf(text, quantity.Count(r.duplicates)))
	}
	if r.nonPositive > 0 {
		text := "%s values of zero or less cannot be shown on a logarithmic axis."
		if r.nonPositive == 1 {
			text = "%s value of zero or less cannot be shown on a logarithmic axis."
		}
		r.notes = append(r.notes, fmt.Sprintf(text, quantity.Count(r.nonPositive)))
	}
}

var startsWithYear = regexp.MustCompile(`^[12][0-9]{3}\b`)

// seriesName returns a value as the name of a series. A number is named together with its column.
func seriesName(c table.ResultColumn, v any) string {
	text := legible.Text(c.Text(v))
	switch {
	case c.Name == "family" && text != "":
		return "IPv" + text
	case format.IsNumber(c.Type):
		return format.Heading(c.Name) + " " + text
	}
	return text
}

func longest(texts []string) int {
	n := 0
	for _, s := range texts {
		n = max(n, utf8.RuneCountInString(s))
	}
	return n
}

// ends returns the first and the last time of the points.
func (p *plot) ends() (from, to time.Time) {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, s := range p.series {
		for _, at := range s.points {
			first, last = min(first, at.time), max(last, at.time)
		}
	}
	return time.UnixMilli(first).UTC(), time.UnixMilli(last).UTC()
}

// reach returns the highest value that is drawn: of the bars, of stacks of them, or of the bands.
func (p *plot) reach() (highest float64) {
	type slot struct {
		panel    string
		time     int64
		category int
	}
	stacks := map[slot]float64{}
	for _, s := range p.series {
		for _, at := range s.points {
			if at.y == nil {
				continue
			}
			if p.isStacked() {
				stacks[slot{s.panel, at.time, at.category}] += *at.y
				highest = max(highest, stacks[slot{s.panel, at.time, at.category}])
			}
			highest = max(highest, *at.y)
			if at.hasSpread() {
				highest = max(highest, *at.high)
			}
		}
	}
	return highest
}

// isStacked reports whether the series of a panel are drawn upon each other.
func (p *plot) isStacked() bool { return p.Kind == "stacked" || p.Kind == area }

func (p *plot) span() time.Duration {
	from, to := p.ends()
	return to.Sub(from)
}
