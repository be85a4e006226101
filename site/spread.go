package site

import (
	"cmp"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"
)

// seriesBreak is a place where a series changed its nature: what lies before was not measured as what comes after.
type seriesBreak struct {
	time         int64 // milliseconds since 1970
	Series, Text string
}

// Day is the day of the break, YYYY-MM-DD.
func (b seriesBreak) Day() string { return time.UnixMilli(b.time).UTC().Format(time.DateOnly) }

const (
	breakLimit  = 40 // lines of breaks in a chart
	labelLimit  = 8  // more of them stand without labels
	labelLength = 28 // letters of a label
)

// hasSpread tells whether a point has one.
func hasSpread(at point) bool { return at.y != nil && at.low != nil && at.high != nil }

// bands are the spreads of the series: on an invisible base stands the difference. ECharts stacks values, not heights, so
// that this holds on a logarithmic axis too. In the legend a band goes with its series, whose name it has.
func (p *plot) bands(look theme) (all []any) {
	for i, s := range p.series {
		if !slices.ContainsFunc(s.points, hasSpread) {
			continue
		}
		base, height := make([]any, len(s.points)), make([]any, len(s.points))
		for n, at := range s.points {
			base[n], height[n] = []any{at.time, nil}, []any{at.time, nil}
			if hasSpread(at) && (!p.Log || *at.low > 0) {
				base[n], height[n] = []any{at.time, *at.low}, []any{at.time, *at.high - *at.low}
			}
		}
		colour := look.series[i%len(look.series)]
		for part, data := range [][]any{base, height} {
			band := map[string]any{
				"type": "line", "id": fmt.Sprintf("band-%d-%d", i, part), "name": s.name, "stack": fmt.Sprintf("band-%d", i), "data": data,
				"symbol": "none", "silent": true, "z": 1, "lineStyle": map[string]any{"opacity": 0}, "itemStyle": map[string]any{"color": colour},
				"emphasis": map[string]any{"disabled": true},
			}
			if part == 1 {
				band["areaStyle"] = map[string]any{"color": colour, "opacity": 0.22}
			}
			all = append(all, band)
		}
	}
	return all
}

// marks are the lines at the breaks; nil where there are none.
func (p *plot) marks(look theme) []any {
	texts := map[int64]string{}
	var times []int64
	for _, b := range p.breaks {
		text := texts[b.time]
		switch {
		case text == "":
			times = append(times, b.time)
			text = b.Text
		case text != b.Text:
			text += "; " + b.Text
		}
		texts[b.time] = text
	}
	if len(times) == 0 {
		return nil
	}
	slices.Sort(times)
	times = times[max(0, len(times)-breakLimit):]
	lines := make([]any, 0, len(times))
	room := p.span().Milliseconds() / 40 // that a label takes
	free := times[0]                     // from where on a label has room
	for _, at := range times {
		shown := len(times) <= labelLimit && at >= free
		if shown {
			free = at + room
		}
		lines = append(lines, map[string]any{"xAxis": at, "name": shortened(texts[at], labelLength), "label": map[string]any{"show": shown}})
	}
	return []any{map[string]any{
		"type": "line", "id": "breaks", "data": []any{}, "silent": true,
		"markLine": map[string]any{
			"silent": true, "symbol": "none", "animation": false, "data": lines,
			"lineStyle": map[string]any{"color": look.muted, "type": "dashed", "width": 1},
			"label":     map[string]any{"formatter": "{b}", "position": "insideEndTop", "color": look.muted, "fontSize": 11},
		},
	}}
}

func shortened(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// sortBreaks orders the breaks, and notes those without a line.
func (p *plot) sortBreaks() {
	slices.SortStableFunc(p.breaks, func(a, b seriesBreak) int {
		return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.Series, b.Series))
	})
	if len(p.breaks) > breakLimit {
		p.notes = append(p.notes, fmt.Sprintf("Of %s breaks in the series the newest are marked; the list below has all.", count(len(p.breaks))))
	}
}
