package site

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"tidemark/analysis"
	"tidemark/datasets/table"
)

// chart is a drawn chart: static SVG for print, for readers without JavaScript and until a reader turns to it, and a
// script with the options from which charts.js draws the one that answers to mouse and keyboard.
type chart struct {
	ID            string
	Slug          string   // of the question
	Light, Dark   string   // paths of the SVGs in the site
	Script        string   // path of the options
	Picture       string   // path of the PNG that other sites show beside a link
	Width, Height int      // of the SVGs, in pixels
	Alt           string   // what the chart shows, in words
	Notes         []string // what the chart leaves out
	Breaks        []seriesBreak
	Small         *thumbnail
	Tools         tools
}

const (
	chartWidth   = 860
	chartHeight  = 420
	barHeight    = 26 // of a category of a horizontal bar chart
	pointLimit   = 5000
	seriesLimit  = 12
	barsLimit    = 40
	legendGap    = 20 // between items of the legend: a reader's font may be wider than the one that is reckoned with
	legendHeight = 14 + legendGap
)

// theme is how a chart looks on light or on dark ground. The colours part for every kind of colour blindness (after
// Okabe and Ito) and stand out from the ground by 3:1; text by 4.5:1.
type theme struct {
	ink, muted, rule, ground string
	series                   []string
}

var (
	light = theme{ink: "#1d2630", muted: "#55606c", rule: "#d5dae0", ground: "#ffffff",
		series: []string{"#0067a8", "#c94f00", "#00805c", "#a8448f", "#7a6200", "#3b3f9e", "#5b6670", "#8c2d19"}}
	dark = theme{ink: "#e8ebef", muted: "#a9b3be", rule: "#39424d", ground: "#161b22",
		series: []string{"#5cb8f0", "#f0914a", "#3ecfa3", "#e59ad0", "#e3c94c", "#9aa0f5", "#b4bec8", "#f28b74"}}
)

// paletteSize is how many colours the series have; the style sheet has the same.
const paletteSize = 8

// symbols and dashes tell lines apart where colours cannot: three and four of them give twelve pairs.
var (
	symbols = []string{"circle", "rect", "triangle", "diamond"}
	dashes  = []string{"solid", "dashed", "dotted"}
)

// darkOf are the colours for dark ground by those for light ground.
var darkOf = func() map[string]string {
	m := map[string]string{light.ink: dark.ink, light.muted: dark.muted, light.rule: dark.rule, light.ground: dark.ground}
	for i, c := range light.series {
		m[c] = dark.series[i]
	}
	return m
}()

// kindNames are the kinds of charts.
var kindNames = map[string]string{"line": "Line chart", "bar": "Bar chart", "stacked": "Stacked bar chart"}

// series are the rows of an answer as a chart takes them.
type series struct {
	name   string
	points []point
	facets map[string]string // values of the facets that all its rows share
}

// point is one value. A nil y is a gap.
type point struct {
	time int64 // milliseconds since 1970, on a time axis
	at   int   // index of the category, on a category axis
	y    *float64

	low, high *float64 // the spread around y; nil: none is known
}

// plot is an answer's rows arranged for drawing.
type plot struct {
	analysis.Chart
	overTime   bool
	horizontal bool // bars from left to right, for categories with long names
	categories []string
	series     []series
	breaks     []seriesBreak
	notes      []string
	facets     []facet
	// categoryFacets are the values of the facets that all rows of a category share.
	categoryFacets []map[string]string
}

// plotOf arranges the rows of an answer; nil where no row has a value.
func plotOf(a *analysis.Answer) (*plot, error) {
	p := &plot{Chart: *a.Question.Chart}
	if kindNames[p.Kind] == "" {
		return nil, fmt.Errorf("there is no kind of chart called %q", p.Kind)
	}
	column := func(name string) int {
		return slices.IndexFunc(a.Result.Columns, func(c table.ResultColumn) bool { return c.Name == name })
	}
	x, y, by := column(p.X), column(p.Y), column(p.Series)
	if x < 0 || y < 0 || by < 0 && p.Series != "" {
		return nil, fmt.Errorf("the answer lacks one of the columns %q, %q, %q", p.X, p.Y, p.Series)
	}
	low, high, broken := column(p.Low), column(p.High), column(p.Break)
	if low < 0 && p.Low != "" || high < 0 && p.High != "" || broken < 0 && p.Break != "" {
		return nil, fmt.Errorf("the answer lacks one of the columns %q, %q, %q", p.Low, p.High, p.Break)
	}
	if !isNumber(a.Result.Columns[y].Type) {
		return nil, fmt.Errorf("column %s is no number", p.Y)
	}
	p.YName = legible(p.YName)
	abscissa := a.Result.Columns[x]
	p.overTime = abscissa.Type == table.Date || abscissa.Type == table.Timestamp
	categories, named := map[string]int{}, map[string]int{}
	taken := map[[2]int]bool{} // series and category
	lowest, twice := 0, 0
	facets := facetsIn(a.Result, p)
	for _, row := range a.Result.Rows {
		name := p.YName
		if by >= 0 {
			name = seriesName(a.Result.Columns[by], row[by])
		}
		at := point{y: number(row[y])}
		if p.overTime {
			t, ok := row[x].(time.Time)
			if !ok {
				continue // a row without a time has no place on the axis
			}
			at.time = t.UnixMilli()
			if low >= 0 && high >= 0 {
				at.low, at.high = number(row[low]), number(row[high])
			}
			if broken >= 0 {
				if text := legible(a.Result.Columns[broken].Text(row[broken])); text != "" {
					p.breaks = append(p.breaks, seriesBreak{at.time, name, text})
				}
			}
		} else {
			category := legible(abscissa.Text(row[x]))
			i, known := categories[category]
			if !known {
				i = len(p.categories)
				categories[category] = i
				p.categories = append(p.categories, category)
			}
			at.at = i
		}
		if p.Log && at.y != nil && *at.y <= 0 {
			lowest++
		}
		i, known := named[name]
		if !known {
			i = len(p.series)
			named[name] = i
			p.series = append(p.series, series{name: name})
		}
		facets.met(row, i, at.at)
		if place := [2]int{i, at.at}; !p.overTime {
			if taken[place] {
				twice++
				continue
			}
			taken[place] = true
		}
		p.series[i].points = append(p.series[i].points, at)
	}
	if twice > 0 {
		p.notes = append(p.notes, fmt.Sprintf("%s rows have the place of another one; the table has all.", count(twice)))
	}
	if lowest > 0 {
		p.notes = append(p.notes, fmt.Sprintf("%s values of zero or less have no place on the logarithmic axis.", count(lowest)))
	}
	// Names are read best beside the bars, but a long row of times from left to right.
	p.horizontal = p.Kind != "line" && abscissa.Type == table.String && longest(p.categories) > 6 &&
		(len(p.categories) <= barsLimit || !startsWithYear.MatchString(p.categories[0]))
	facets.fill(p)
	if p.overTime && p.Kind != "line" {
		p.align()
	}
	p.bound()
	p.sortBreaks()
	for _, s := range p.series {
		if slices.ContainsFunc(s.points, func(at point) bool { return at.y != nil }) {
			return p, nil
		}
	}
	return nil, nil
}

// align gives every series of bars a point at every time: ECharts piles up what stands at the same index.
func (p *plot) align() {
	at := map[int64]int{}
	for _, s := range p.series {
		for _, n := range s.points {
			at[n.time] = 0
		}
	}
	times := slices.Sorted(maps.Keys(at))
	for i, t := range times {
		at[t] = i
	}
	for i, s := range p.series {
		points := make([]point, len(times))
		for n, t := range times {
			points[n].time = t
		}
		for _, n := range s.points {
			points[at[n.time]] = n
		}
		p.series[i].points = points
	}
}

var startsWithYear = regexp.MustCompile(`^[12][0-9]{3}\b`)

// seriesName is a value as the name of a series: a bare number says nothing by itself.
func seriesName(c table.ResultColumn, v any) string {
	text := legible(c.Text(v))
	switch {
	case c.Name == "family" && text != "":
		return "IPv" + text
	case isNumber(c.Type):
		return heading(c.Name) + " " + text
	}
	return text
}

// bound leaves out what a reader could not tell apart, and notes it.
func (p *plot) bound() {
	if n := len(p.series); n > seriesLimit {
		p.series = p.series[:seriesLimit]
		p.notes = append(p.notes, fmt.Sprintf("The chart shows the first %d of %d series; the table has all.", seriesLimit, n))
	}
	each := pointLimit / max(len(p.series), 1)
	if p.horizontal {
		each = barsLimit
	}
	if n := len(p.categories); n > each {
		p.categories = p.categories[:each]
		for i := range p.series {
			p.series[i].points = slices.DeleteFunc(p.series[i].points, func(at point) bool { return at.at >= each })
		}
		p.categoryFacets = p.categoryFacets[:min(each, len(p.categoryFacets))]
		p.notes = append(p.notes, fmt.Sprintf("The chart shows the first %s of %s categories; the downloads have all.", count(each), count(n)))
	}
	if !p.overTime {
		return
	}
	total, left := 0, 0
	for i := range p.series {
		points := p.series[i].points
		slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(a.time, b.time) })
		total += valued(points)
		if p.Kind == "line" {
			points = thin(points, each)
		} else {
			points = points[max(0, len(points)-each):]
		}
		left += valued(points)
		p.series[i].points = points
	}
	switch {
	case left == total:
	case p.Kind == "line":
		p.notes = append(p.notes, fmt.Sprintf("The chart shows %s of %s points: the lowest and the highest of each stretch, and gaps; "+
			"the downloads have all.", count(left), count(total)))
	default:
		p.notes = append(p.notes, fmt.Sprintf("The chart shows the newest %s of %s bars; the downloads have all.", count(left), count(total)))
	}
}

// valued is how many of the points have a value.
func valued(points []point) (n int) {
	for _, at := range points {
		if at.y != nil {
			n++
		}
	}
	return n
}

// number is a value as a float; nil for null.
func number(v any) *float64 {
	switch v := v.(type) {
	case int64:
		f := float64(v)
		return &f
	case float64:
		return &v
	}
	return nil
}

func longest(texts []string) int {
	n := 0
	for _, s := range texts {
		n = max(n, utf8.RuneCountInString(s))
	}
	return n
}

// describe says what the chart shows, for those who do not see it.
func (p *plot) describe() string {
	text := kindNames[p.Kind] + " of " + p.YName
	if p.overTime {
		from, to := p.ends()
		text += " from " + day(from) + " to " + day(to)
	} else {
		text += " by " + heading(p.X)
	}
	if p.Series != "" {
		names := make([]string, len(p.series))
		for i, s := range p.series {
			names[i] = s.name
		}
		text += ": " + strings.Join(names, ", ")
	}
	if slices.ContainsFunc(p.series, func(s series) bool { return slices.ContainsFunc(s.points, hasSpread) }) {
		text += ". Bands show the spread over the vantages"
	}
	if n := len(p.breaks); n > 0 {
		text += fmt.Sprintf(". Breaks in the series are marked: %d", n)
	}
	return text + ". The table below has the values."
}

// ends are the first and the last time of the points.
func (p *plot) ends() (from, to time.Time) {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, s := range p.series {
		for _, at := range s.points {
			first, last = min(first, at.time), max(last, at.time)
		}
	}
	return time.UnixMilli(first).UTC(), time.UnixMilli(last).UTC()
}

func (p *plot) span() time.Duration {
	from, to := p.ends()
	return to.Sub(from)
}

func (p *plot) height() int {
	if p.horizontal {
		return p.top() + 50 + barHeight*max(len(p.categories), 4)
	}
	return chartHeight
}

// top is the room that title and legend take.
func (p *plot) top() int {
	if p.Series == "" {
		return 34
	}
	width, lines := 0, 1
	for _, s := range p.series {
		item := 42 + legendGap + 7*utf8.RuneCountInString(s.name)
		if width += item; width > chartWidth-20 {
			width, lines = item, lines+1
		}
	}
	return 38 + lines*legendHeight
}

// options are the chart's ECharts options on light ground.
func (p *plot) options(c *chart) map[string]any {
	var o map[string]any
	look := light
	if p.Kind == "line" {
		o = p.line(c, look)
	} else {
		o = p.bars(c, look)
	}
	delete(o, "toolbox")
	if legend, is := o["legend"].(opts.Legend); is {
		o["legend"] = struct { // go-echarts has no field for the gap
			opts.Legend
			ItemGap int `json:"itemGap"`
		}{legend, legendGap}
	}
	o["useUTC"] = true
	o["animation"] = false
	o["textStyle"] = map[string]any{"fontFamily": "system-ui, sans-serif", "color": look.ink}
	o["tooltip"] = map[string]any{
		"trigger": "axis", "confine": true, "renderMode": "richText", // HTML would need inline styles
		"backgroundColor": look.ground, "borderColor": look.rule, "textStyle": map[string]any{"color": look.ink},
	}
	return o
}

func (p *plot) global(c *chart, look theme) []charts.GlobalOpts {
	text := &opts.TextStyle{Color: look.ink, FontSize: 13}
	rule := &opts.LineStyle{Color: look.rule}
	values := opts.YAxis{Type: "value", Scale: opts.Bool(p.Kind == "line" && !p.Log),
		AxisLabel: &opts.AxisLabel{Color: look.muted}, SplitLine: &opts.SplitLine{Show: opts.Bool(true), LineStyle: rule}}
	if p.Log {
		values.Type = "log"
	}
	abscissa := opts.XAxis{Type: "category", AxisLabel: &opts.AxisLabel{Color: look.muted, HideOverlap: opts.Bool(true)},
		AxisLine: &opts.AxisLine{LineStyle: &opts.LineStyle{Color: look.muted}}, SplitLine: &opts.SplitLine{Show: opts.Bool(false)}}
	if p.overTime {
		abscissa.Type = "time"
		// The labels of the ends would stand beside those of round years.
		inner := opts.Bool(p.span() < 300*24*time.Hour)
		abscissa.AxisLabel.ShowMinLabel, abscissa.AxisLabel.ShowMaxLabel = inner, inner
	}
	if p.horizontal {
		abscissa, values = opts.XAxis{Type: values.Type, AxisLabel: values.AxisLabel, SplitLine: values.SplitLine},
			opts.YAxis{Type: "category", Data: p.categories, Inverse: opts.Bool(true), AxisLine: abscissa.AxisLine,
				AxisLabel: &opts.AxisLabel{Color: look.ink, Interval: "0", Width: 260, Overflow: "truncate"}}
	}
	return []charts.GlobalOpts{
		charts.WithInitializationOpts(opts.Initialization{ChartID: c.ID, Theme: "white"}),
		charts.WithColorsOpts(look.series),
		charts.WithTitleOpts(opts.Title{Title: p.YName, Left: "0", Top: "0",
			TitleStyle: &opts.TextStyle{Color: look.muted, FontSize: 13, FontWeight: "normal"}}),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(p.Series != ""), Left: "0", Top: "24", TextStyle: text}),
		charts.WithGridOpts(opts.Grid{Left: "12", Right: "24", Top: fmt.Sprint(p.top()), Bottom: "10", ContainLabel: opts.Bool(true)}),
		charts.WithXAxisOpts(abscissa),
		charts.WithYAxisOpts(values),
	}
}

func (p *plot) line(c *chart, look theme) map[string]any {
	l := charts.NewLine()
	l.SetGlobalOptions(p.global(c, look)...)
	if !p.overTime {
		l.SetXAxis(p.categories)
	}
	for i, s := range p.series {
		values := p.values(s)
		data := make([]opts.LineData, len(values))
		for n, v := range values {
			data[n] = opts.LineData{Value: v}
		}
		l.AddSeries(s.name, data,
			charts.WithLineChartOpts(opts.LineChart{Symbol: symbols[i%len(symbols)], SymbolSize: 7, ShowSymbol: opts.Bool(len(data) <= 80)}),
			charts.WithLineStyleOpts(opts.LineStyle{Width: 2, Type: dashes[i%len(dashes)]}))
	}
	l.Validate()
	o := l.JSON()
	if p.overTime {
		var all []any
		for _, s := range l.MultiSeries {
			all = append(all, s)
		}
		o["series"] = slices.Concat(all, p.bands(look), p.marks(look)) // the legend takes its symbols from the first of a name
	}
	return o
}

func (p *plot) bars(c *chart, look theme) map[string]any {
	bars := charts.NewBar()
	bars.SetGlobalOptions(p.global(c, look)...)
	if !p.overTime && !p.horizontal {
		bars.SetXAxis(p.categories)
	}
	layout, edge := opts.BarChart{}, opts.ItemStyle{}
	if p.Kind == "stacked" {
		layout.Stack = "all"
		edge = opts.ItemStyle{BorderColor: look.ground, BorderWidth: 0.5} // parts the colours for those who do not see them
	}
	narrowest, widest := "2", "42"
	if p.overTime { // the gap between two dumps says nothing of the room that there is
		width := fmt.Sprint(max(2, min(14, chartWidth*2/3/max(1, len(p.series[0].points)))))
		narrowest, widest = width, width
	}
	for _, s := range p.series {
		values := p.values(s)
		data := make([]opts.BarData, len(values))
		for n, v := range values {
			data[n] = opts.BarData{Value: v}
		}
		bars.AddSeries(s.name, data, charts.WithBarChartOpts(layout),
			charts.WithItemStyleOpts(edge),
			charts.WithSeriesOpts(func(s *charts.SingleSeries) { s.BarMaxWidth, s.BarMinWidth = widest, narrowest }))
	}
	bars.Validate()
	o := bars.JSON()
	if p.Log {
		o["series"] = visible(bars.MultiSeries)
	}
	return o
}

// visible gives every bar a height, which on a logarithmic axis a bar of 1 has not. go-echarts has no field for that.
func visible(bars charts.MultiSeries) []any {
	all := make([]any, len(bars))
	for i, s := range bars {
		all[i] = struct {
			charts.SingleSeries
			BarMinHeight int `json:"barMinHeight"`
		}{s, 2}
	}
	return all
}

// values are the data items of a series: pairs of time and value, or a value for each category.
func (p *plot) values(s series) []any {
	if p.overTime {
		all := make([]any, len(s.points))
		for i, at := range s.points {
			all[i] = []any{at.time, at.y}
		}
		return all
	}
	all := make([]any, len(p.categories))
	for i := range all {
		all[i] = "-" // how ECharts writes a gap
	}
	for _, at := range s.points {
		if at.y != nil {
			all[at.at] = *at.y
		}
	}
	return all
}
