package chart

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

// gridTop is the room above the live chart, whose legend is a part of the page.
const gridTop = 34

// options returns the chart's ECharts options, on a light ground.
func (p *plot) options(c *Chart) map[string]any {
	var o map[string]any
	look := light
	switch p.Kind {
	case "line":
		o = p.line(c, look)
	case area:
		o = p.liveAreas(c, look)
	default:
		o = p.bars(c, look)
	}
	delete(o, "toolbox")
	o["useUTC"] = true
	o["animation"] = false
	o["textStyle"] = map[string]any{"fontFamily": "system-ui, sans-serif", "color": look.ink}
	o["tooltip"] = map[string]any{
		"trigger": "axis", "confine": true, "renderMode": "richText", // HTML needs inline styles, which the policy forbids
		"backgroundColor": look.ground, "borderColor": look.rule, "textStyle": map[string]any{"color": look.ink},
	}
	return o
}

func (p *plot) global(c *Chart, look theme) []charts.GlobalOpts {
	rule := &opts.LineStyle{Color: look.rule}
	values := opts.YAxis{Type: "value", Scale: opts.Bool(p.Kind == "line" && !p.Log),
		AxisLabel: &opts.AxisLabel{Color: look.muted}, SplitLine: &opts.SplitLine{Show: opts.Bool(true), LineStyle: rule}}
	if p.Share {
		p.boundShare(&values)
	}
	if p.Log {
		values.Type = "log"
	}
	abscissa := opts.XAxis{Type: "category", AxisLabel: &opts.AxisLabel{Color: look.muted, HideOverlap: opts.Bool(true)},
		AxisLine: &opts.AxisLine{LineStyle: &opts.LineStyle{Color: look.muted}}, SplitLine: &opts.SplitLine{Show: opts.Bool(false)}}
	if p.overTime {
		abscissa.Type = "time"
		// Labels at the ends would collide with those of round years.
		inner := opts.Bool(p.span() < 300*24*time.Hour)
		abscissa.AxisLabel.ShowMinLabel, abscissa.AxisLabel.ShowMaxLabel = inner, inner
	}
	if p.horizontal {
		abscissa, values = opts.XAxis{Type: values.Type, Min: values.Min, Max: values.Max, AxisLabel: values.AxisLabel, SplitLine: values.SplitLine},
			opts.YAxis{Type: "category", Data: p.categories, Inverse: opts.Bool(true), AxisLine: abscissa.AxisLine,
				AxisLabel: &opts.AxisLabel{Color: look.ink, Interval: "0", Width: 260, Overflow: "truncate"}}
	}
	left := "12"
	if p.horizontal {
		left = "32" // a reader's font may be wider than ECharts reckons
	}
	return []charts.GlobalOpts{
		charts.WithInitializationOpts(opts.Initialization{ChartID: c.ID, Theme: "white"}),
		charts.WithColorsOpts(p.colours(look)),
		charts.WithTitleOpts(opts.Title{Title: p.YName, Left: "0", Top: "0",
			TitleStyle: &opts.TextStyle{Color: look.muted, FontSize: 13, FontWeight: "normal"}}),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithGridOpts(opts.Grid{Left: left, Right: "24", Top: fmt.Sprint(gridTop), Bottom: "10", ContainLabel: opts.Bool(true)}),
		charts.WithXAxisOpts(abscissa),
		charts.WithYAxisOpts(values),
	}
}

// boundShare keeps the axis of shares between 0 and 100 %. ECharts ends an axis at a round value; above 80 % that is 100, but
// for a sum that rounding brought beyond it.
func (p *plot) boundShare(values *opts.YAxis) {
	values.Scale, values.Min = opts.Bool(false), 0
	if p.Kind == area || p.reach() > 80 {
		values.Max = 100
	}
	values.AxisLabel.Formatter = "{value} %"
}

func (p *plot) line(c *Chart, look theme) map[string]any {
	l := charts.NewLine()
	l.SetGlobalOptions(p.global(c, look)...)
	if !p.overTime {
		l.SetXAxis(p.categories)
	}
	for i, s := range p.series {
		shown := max(len(s.points), len(p.categories))
		l.AddSeries(s.name, nil,
			charts.WithLineChartOpts(opts.LineChart{Symbol: s.symbol(), SymbolSize: 7, ShowSymbol: opts.Bool(shown <= 80)}),
			charts.WithLineStyleOpts(opts.LineStyle{Width: 2, Type: s.dash()}))
		l.MultiSeries[i].Data = p.lineData(s)
	}
	l.Validate()
	o := l.JSON()
	if p.overTime {
		var all []any
		for _, s := range l.MultiSeries {
			all = append(all, s)
		}
		o["series"] = slices.Concat(all, p.bands(look), p.marks(look), p.eventMarks(look)) // last: the legend uses the symbol of the first series of a name
	}
	return o
}

// lineData returns the data items of a line.
func (p *plot) lineData(s series) any {
	if p.overTime {
		return timeData(s.points, `{"value":[`, "]}", func(at point) *float64 { return at.y })
	}
	values := p.values(s)
	data := make([]opts.LineData, len(values))
	for n, v := range values {
		data[n] = opts.LineData{Value: v}
	}
	return data
}

// timeData returns pairs of a time and a value as JSON, each between two texts. There may be tens of thousands, for which encoding/json takes
// longer than all else of a chart.
func timeData(points []point, before, after string, value func(point) *float64) json.RawMessage {
	b := []byte{'['}
	for i, at := range points {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(strconv.AppendInt(append(b, before...), at.time, 10), ',')
		b = append(appendNumber(b, value(at)), after...)
	}
	return append(b, ']')
}

// appendNumber appends a number as JSON; null for what JSON has no number for.
func appendNumber(b []byte, n *float64) []byte {
	if n == nil {
		return append(b, "null"...)
	}
	if *n == math.Trunc(*n) && math.Abs(*n) < 1e15 {
		return strconv.AppendInt(b, int64(*n), 10)
	}
	text, err := json.Marshal(*n)
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, text...)
}

func (p *plot) bars(c *Chart, look theme) map[string]any {
	bars := charts.NewBar()
	bars.SetGlobalOptions(p.global(c, look)...)
	if !p.overTime && !p.horizontal {
		bars.SetXAxis(p.categories)
	}
	layout, edge := opts.BarChart{}, opts.ItemStyle{}
	if p.Kind == "stacked" {
		layout.Stack = "all"
		edge = opts.ItemStyle{BorderColor: look.ground, BorderWidth: 0.5} // separates the colours for readers who cannot tell them apart
	}
	narrowest, widest := "2", "42"
	if p.overTime { // ECharts would derive the width from the smallest interval
		fixed := fmt.Sprint(max(2, min(14, wideWidth*2/3/max(1, len(p.series[0].points)))))
		narrowest, widest = fixed, fixed
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
	all := make([]any, len(bars.MultiSeries))
	for i, s := range bars.MultiSeries {
		all[i] = p.completed(s, look)
	}
	o["series"] = all
	return o
}

// completeBars are bars with what go-echarts has no fields for.
type completeBars struct {
	charts.SingleSeries
	ItemStyle    any `json:"itemStyle,omitempty"`
	Data         any `json:"data"`
	BarMinHeight int `json:"barMinHeight,omitzero"`
}

// completed hatches the bars of the unknown, and gives every bar of a logarithmic axis a height of at least 2: one of value 1
// has none.
func (p *plot) completed(s charts.SingleSeries, look theme) completeBars {
	bars := completeBars{SingleSeries: s, ItemStyle: s.ItemStyle, Data: s.Data}
	if p.Log {
		bars.BarMinHeight = 2
	}
	if isUnknown(s.Name) {
		bars.ItemStyle = hatching(look)
		return bars
	}
	items, ok := s.Data.([]opts.BarData)
	at := slices.IndexFunc(p.series, func(one series) bool { return one.name == s.Name })
	if !ok || at < 0 || p.overTime {
		return bars
	}
	data := make([]any, len(items))
	for i, item := range items {
		data[i] = item
		switch own := p.inkOf(p.series[at], i); {
		case own.unknown:
			data[i] = map[string]any{"value": item.Value, "itemStyle": hatching(look)}
		case own.colour != p.series[at].colour:
			data[i] = map[string]any{"value": item.Value, "itemStyle": map[string]any{"color": look.series[own.colour]}}
		}
	}
	bars.Data = data
	return bars
}

// values returns the data items of a series: pairs of time and value, or a value for each category.
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
			all[at.category] = *at.y
		}
	}
	return all
}
