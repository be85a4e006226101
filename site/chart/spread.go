package chart

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"
	"unicode/utf8"

	"tidemark/internal/quantity"
	"tidemark/site/format"
)

// Break is a moment at which the measuring of a series changed: values before and after it do not compare.
type Break struct {
	Time         int64 // milliseconds since 1970
	Series, Text string
}

// Day returns the day of the break as YYYY-MM-DD.
func (b Break) Day() string { return time.UnixMilli(b.Time).UTC().Format(time.DateOnly) }

const (
	maxBreaks      = 40 // that are marked
	maxLabels      = 8  // more breaks than that are marked without labels
	maxLabelLength = 28 // in characters
)

// spreadName returns what the bands show, in words.
func (p *plot) spreadName() string {
	return cmp.Or(p.Band, fmt.Sprintf("the range from “%s” to “%s”", format.Heading(p.Low), format.Heading(p.High)))
}

// hasSpread reports whether the point has a spread.
func (at point) hasSpread() bool { return at.y != nil && at.low != nil && at.high != nil }

// hasSpread reports whether a point of the series has a spread.
func (s series) hasSpread() bool { return slices.ContainsFunc(s.points, point.hasSpread) }

// bands draws each spread as a filled band: an invisible base series with the difference stacked on it. ECharts stacks
// values, not heights, so this is right on a logarithmic axis too. A band has the name of its series, with which the legend
// hides it.
func (p *plot) bands(look theme) (all []any) {
	for i, s := range p.series {
		if !s.hasSpread() {
			continue
		}
		spread := func(of func(low, high float64) float64) json.RawMessage {
			return timeData(s.points, "[", "]", func(at point) *float64 {
				if !at.hasSpread() || p.Log && *at.low <= 0 {
					return nil
				}
				v := of(*at.low, *at.high)
				return &v
			})
		}
		base, height := spread(func(low, _ float64) float64 { return low }), spread(func(low, high float64) float64 { return high - low })
		colour := look.series[s.colour]
		for part, data := range []json.RawMessage{base, height} {
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

// marks draws lines at the breaks; nil where there are none.
func (p *plot) marks(look theme) []any {
	var lines []any
	for i, title := range p.titles() {
		times, texts := p.breakTimes(title)
		times = times[max(0, len(times)-maxBreaks):]
		room := p.span().Milliseconds() / 40 // of a label
		free := int64(math.MinInt64)         // time from which a label has room
		for _, at := range times {
			shown := len(times) <= maxLabels && at >= free
			if shown {
				free = at + room
			}
			line := map[string]any{"xAxis": at, "name": shortened(texts[at], maxLabelLength), "label": map[string]any{"show": shown}}
			if title != "" {
				line["panel"] = i
			}
			lines = append(lines, line)
		}
	}
	if lines == nil {
		return nil
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

// breakTimes returns the times of the breaks in order, each once, with the texts of all breaks at each: of all series, or of the panel
// with a title.
func (p *plot) breakTimes(title string) (times []int64, texts map[int64]string) {
	texts = map[int64]string{}
	for _, b := range p.breaks {
		if p.Kind == area && title != "" && b.Series != title {
			continue
		}
		text := texts[b.Time]
		switch {
		case text == "":
			times = append(times, b.Time)
			text = b.Text
		case text != b.Text:
			text += "; " + b.Text
		}
		texts[b.Time] = text
	}
	slices.Sort(times)
	return times, texts
}

// shortened cuts a text to maxLength characters.
func shortened(text string, maxLength int) string {
	if utf8.RuneCountInString(text) <= maxLength {
		return text
	}
	return string([]rune(text)[:maxLength-1]) + "…"
}

// sortBreaks orders the breaks, and notes that some are not marked.
func (p *plot) sortBreaks() {
	slices.SortStableFunc(p.breaks, func(a, b Break) int {
		return cmp.Or(cmp.Compare(a.Time, b.Time), cmp.Compare(a.Series, b.Series), cmp.Compare(a.Text, b.Text))
	})
	p.breaks = slices.Compact(p.breaks) // the parts of a whole have the same
	if len(p.breaks) > maxBreaks {
		p.notes = append(p.notes, fmt.Sprintf("Only the newest of %s breaks in the series are marked; the list below has all of them.", quantity.Count(len(p.breaks))))
	}
}
