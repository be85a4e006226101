package chart

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"

	"tidemark/internal/quantity"
)

// area is the kind of chart that stacked shares over more than a few dates become.
const area = "area"

const (
	maxBarDates    = 3   // of a whole, which bars show best
	maxStaticDates = 180 // of a whole in a static drawing
	maxLiveDates   = 800
	missingFrom    = 1.9 // typical distances of two dates, from which on a date between them is missing
)

// compose arranges shares by their wholes: a few dates become a bar each, more of them areas along the time.
func (p *plot) compose() {
	p.splitTails()
	if titles := p.titles(); len(titles) == 1 {
		for i := range p.series {
			p.series[i].panel = ""
		}
	}
	if !p.overTime {
		p.percentages()
		return
	}
	p.limitPanels()
	most := 0
	for _, title := range p.titles() {
		most = max(most, p.alignPanel(title))
	}
	p.percentages()
	if most > maxBarDates {
		p.Kind, p.horizontal = area, false
		for _, title := range p.titles() {
			if len(p.parts(title)[0].points) > 1 {
				p.markHoles(title)
			}
		}
		return
	}
	p.barOfEachDate()
}

// limitPanels keeps the first panels of each family, as many of each.
func (p *plot) limitPanels() {
	titles := p.titles()
	if len(titles) <= maxPanels {
		return
	}
	ofFamily := map[string][]string{}
	for _, title := range titles {
		ofFamily[family(title)] = append(ofFamily[family(title)], title)
	}
	var kept []string
	for _, some := range ofFamily {
		kept = append(kept, some[:min(len(some), maxPanels/len(ofFamily))]...)
	}
	p.series = slices.DeleteFunc(p.series, func(s series) bool { return !slices.Contains(kept, s.panel) })
	which := "the first"
	if len(ofFamily) > 1 {
		which += " of each family"
	}
	p.notes = append(p.notes, fmt.Sprintf("The chart shows %d of %d panels, %s; the table has all of them.", len(kept), len(titles), which))
}

// splitTails makes panels of what the names of all series end with, as in "found, list A".
func (p *plot) splitTails() {
	if slices.ContainsFunc(p.series, func(s series) bool { return s.panel != "" || !strings.Contains(s.name, ", ") }) {
		return
	}
	for i, s := range p.series {
		at := strings.LastIndex(s.name, ", ")
		p.series[i].name, p.series[i].panel = s.name[:at], s.name[at+2:]
	}
}

// titles returns the names of the panels in their order.
func (p *plot) titles() (all []string) {
	for _, s := range p.series {
		if !slices.Contains(all, s.panel) {
			all = append(all, s.panel)
		}
	}
	return all
}

// names returns the names of the series, each once.
func (p *plot) names() (all []string) {
	for _, s := range p.series {
		if !slices.Contains(all, s.name) {
			all = append(all, s.name)
		}
	}
	return all
}

// distinct returns a series of each name, labelled with it.
func (p *plot) distinct() (all []series) {
	for _, s := range p.series {
		if !slices.ContainsFunc(all, func(o series) bool { return o.name == s.name }) {
			s.label = s.name
			all = append(all, s)
		}
	}
	return all
}

// alignPanel gives every part of a whole a point at each of its times, and returns their number. A part without a row is 0 where the
// others are the whole, else unknown.
func (p *plot) alignPanel(title string) int {
	index := map[int64]int{}
	for _, s := range p.series {
		for _, at := range s.points {
			if s.panel == title {
				index[at.time] = 0
			}
		}
	}
	times := slices.Sorted(maps.Keys(index))
	for i, t := range times {
		index[t] = i
	}
	sums := make([]float64, len(times))
	for _, s := range p.series {
		for _, at := range s.points {
			if s.panel == title && at.y != nil {
				sums[index[at.time]] += *at.y
			}
		}
	}
	for i, s := range p.series {
		if s.panel != title {
			continue
		}
		points := make([]point, len(times))
		for n, t := range times {
			points[n].time = t
			if p.Whole || sums[n] > 99.5 {
				points[n].y = new(float64)
			}
		}
		for _, at := range s.points {
			points[index[at.time]] = at
		}
		p.series[i].points = points
	}
	return len(times)
}

// percentages turns the parts of wholes into percent of them. A whole with an unknown part or without any has none.
func (p *plot) percentages() {
	if !p.Whole {
		return
	}
	type slot struct {
		panel string
		place float64
	}
	sums := map[slot]float64{}
	for _, s := range p.series {
		for _, at := range s.points {
			y := math.NaN()
			if at.y != nil {
				y = *at.y
			}
			sums[slot{s.panel, p.abscissaOf(at)}] += y
		}
	}
	for i, s := range p.series {
		for n, at := range s.points {
			sum := sums[slot{s.panel, p.abscissaOf(at)}]
			p.series[i].points[n].y = nil
			if sum > 0 {
				percent := math.Round(*at.y/sum*1e8) / 1e6
				p.series[i].points[n].y = &percent
			}
		}
	}
}

// barOfEachDate makes categories of the dates of each whole, the newest first.
func (p *plot) barOfEachDate() {
	type bar struct {
		time   int64
		panel  string
		facets map[string]string
	}
	var bars []bar
	titles := p.titles()
	for _, s := range p.series {
		for _, at := range s.points {
			if at.y != nil && !slices.ContainsFunc(bars, func(b bar) bool { return b.time == at.time && b.panel == s.panel }) {
				bars = append(bars, bar{at.time, s.panel, s.facets})
			}
		}
	}
	if len(bars) == 0 {
		return
	}
	slices.SortStableFunc(bars, func(a, b bar) int {
		return cmp.Or(cmp.Compare(b.time, a.time), cmp.Compare(slices.Index(titles, a.panel), slices.Index(titles, b.panel)))
	})
	parts := map[string]int{}
	var all []series
	for _, s := range p.series {
		i, known := parts[s.name]
		if !known {
			i = len(all)
			parts[s.name] = i
			all = append(all, series{name: s.name, headline: s.headline})
		}
		for _, at := range s.points {
			c := slices.IndexFunc(bars, func(b bar) bool { return b.time == at.time && b.panel == s.panel })
			if at.y != nil && c >= 0 {
				all[i].points = append(all[i].points, point{category: c, y: at.y})
			}
		}
	}
	p.categories, p.categoryFacets = nil, nil
	for _, b := range bars {
		p.categories = append(p.categories, strings.TrimPrefix(b.panel+", "+timeText(b.time), ", "))
		p.categoryFacets = append(p.categoryFacets, b.facets)
	}
	p.series, p.overTime, p.horizontal, p.breaks = all, false, true, nil
}

// known reports whether the whole at a place in the points of its parts is known.
func (p *plot) known(parts []series, n int) bool {
	return !slices.ContainsFunc(parts, func(s series) bool { return !p.drawable(s.points[n]) })
}

// markHoles puts a point without a value where a date is missing by the typical distance of the dates of a whole.
func (p *plot) markHoles(title string) {
	parts := p.parts(title)
	points := parts[0].points
	var steps []int64
	for n := 1; n < len(points); n++ {
		steps = append(steps, points[n].time-points[n-1].time)
	}
	slices.Sort(steps)
	longest := int64(missingFrom * float64(steps[len(steps)/2]))
	for i, s := range p.series {
		if s.panel != title {
			continue
		}
		all := []point{s.points[0]}
		for n := 1; n < len(s.points); n++ {
			if before := s.points[n-1].time; s.points[n].time-before > longest {
				all = append(all, point{time: before + (s.points[n].time-before)/2, hole: true})
			}
			all = append(all, s.points[n])
		}
		p.series[i].points = all
	}
}

// runs returns the stretches of known dates, as indexes of the points of the parts of a whole: from the first to before the last.
func (p *plot) runs(parts []series) (all [][2]int) {
	if len(parts) == 0 {
		return nil
	}
	open := false
	for n := range parts[0].points {
		switch {
		case !p.known(parts, n):
			open = false
		case open:
			all[len(all)-1][1] = n + 1
		default:
			all, open = append(all, [2]int{n, n + 1}), true
		}
	}
	return all
}

// parts returns the series of a panel.
func (p *plot) parts(title string) (all []series) {
	for _, s := range p.series {
		if s.panel == title {
			all = append(all, s)
		}
	}
	return all
}

// thinDates keeps so many dates of each whole: the ends of its runs and, evenly, dates between them; holes stay. It returns how many
// of how many are left in the panel with the most.
func (p *plot) thinDates(limit int) (left, total int) {
	for _, title := range p.titles() {
		parts := p.parts(title)
		n := len(parts[0].points)
		if n <= limit {
			left, total = max(left, dates(parts[0])), max(total, dates(parts[0]))
			continue
		}
		stride := (n + limit - 1) / limit
		keep := make([]bool, n)
		for i := range keep {
			keep[i] = !p.known(parts, i)
		}
		for _, run := range p.runs(parts) {
			for i := run[0]; i < run[1]; i++ {
				keep[i] = i == run[0] || i == run[1]-1 || (i-run[0])%stride == 0
			}
		}
		for i, s := range p.series {
			if s.panel != title {
				continue
			}
			var points []point
			for n, at := range s.points {
				if keep[n] {
					points = append(points, at)
				}
			}
			p.series[i].points = points
		}
		left, total = max(left, dates(p.parts(title)[0])), max(total, dates(parts[0]))
	}
	return left, total
}

// dates returns how many dates a part of a whole has.
func dates(s series) (n int) {
	for _, at := range s.points {
		if !at.hole {
			n++
		}
	}
	return n
}

// limitDates keeps the dates that the live chart can show.
func (p *plot) limitDates() {
	if left, total := p.thinDates(maxLiveDates); left < total {
		p.notes = append(p.notes, fmt.Sprintf("The chart shows %s of %s dates; the downloads have all of them.", quantity.Count(left), quantity.Count(total)))
	}
}

// areas draws the parts of a whole along the time, from 0 to 100 %. Nothing is drawn in a hole; a date between two holes is a bar.
func (s *sheet) areas(p panel, x, right float64, columns int) {
	values := s.valueScale(0, 100, true, 5)
	left := x
	for _, m := range values.marks {
		left = max(left, x+markFont.width(m.text)+8)
	}
	end := right - 10
	first, last := s.ends()
	axis := timeScale(first, last, left+2, end-2, markFont)
	marked := s.moments(p, axis, x, right)
	height := 250.0
	switch {
	case columns == 3 || columns == 2 && s.narrow():
		height = 130
	case columns == 2 || s.narrow():
		height = 180
	}
	top := s.y + 8
	bottom := top + height
	s.ordinate(&values, left, end, top, bottom)
	for _, run := range s.runs(p.series) {
		base := make([]float64, run[1]-run[0])
		for _, one := range p.series {
			var upper, lower []string
			edge := base
			base = slices.Clone(base)
			for n, at := range one.points[run[0]:run[1]] {
				place := axis.at(float64(at.time))
				base[n] += *at.y
				lower = append(lower, px(place)+" "+px(values.at(min(edge[n], 100))))
				upper = append(upper, px(place)+" "+px(values.at(min(base[n], 100))))
				if run[1]-run[0] == 1 {
					y := values.at(min(base[n], 100))
					s.bar(place-1.5, y, 3, values.at(min(edge[n], 100))-y, one.ink())
				}
			}
			if len(upper) > 1 && slices.Max(one.values(run)) > 0 {
				slices.Reverse(lower)
				s.piece("M"+strings.Join(append(upper, lower...), "L")+"Z", one.ink())
			}
		}
	}
	for _, m := range marked {
		s.rule(m.x, m.y, m.x, bottom, light.ink, m.dash)
	}
	s.rule(left, bottom, end, bottom, light.muted, "")
	s.abscissa(axis, bottom, x, right)
	s.y = bottom + 22
}

// values returns the values of a run.
func (s series) values(run [2]int) (all []float64) {
	for _, at := range s.points[run[0]:run[1]] {
		all = append(all, *at.y)
	}
	return all
}

// piece draws an area in the colour of a series, with an edge that separates it from others for readers who cannot tell colours apart.
func (s *sheet) piece(path string, look ink) {
	fill := light.series[look.colour]
	if look.unknown {
		s.hatched, fill = true, "url(#unknown)"
	}
	fmt.Fprintf(&s.body, "<path d=%q fill=%q stroke=%q stroke-width=\"0.5\"/>\n", path, fill, light.ground)
}

// liveAreas are the options of areas along the time. A hole is an item without a value; a date between two holes has a mark.
func (p *plot) liveAreas(c *Chart, look theme) map[string]any {
	l := charts.NewLine()
	l.SetGlobalOptions(p.global(c, look)...)
	l.Validate()
	o := l.JSON()
	var all []any
	for i, s := range p.series {
		one := map[string]any{
			"type": "line", "id": fmt.Sprintf("part-%d", i), "name": s.name, "stack": "whole " + s.panel, "data": p.liveRuns(s), "symbol": "none",
			"lineStyle": map[string]any{"width": 0.5, "color": look.ground}, "areaStyle": map[string]any{"opacity": 1}, "emphasis": map[string]any{"disabled": true},
		}
		if isUnknown(s.name) {
			one["itemStyle"] = hatching(look)
		}
		all = append(all, one)
	}
	o["series"] = slices.Concat(all, p.marks(look), p.eventMarks(look))
	return o
}

// liveRuns returns the data items of a part of a whole.
func (p *plot) liveRuns(s series) []any {
	items := make([]any, len(s.points))
	for n, at := range s.points {
		items[n] = []any{at.time, at.y}
		if at.hole {
			items[n] = map[string]any{"value": items[n], "hole": true}
		}
	}
	for _, run := range p.runs(p.parts(s.panel)) {
		if run[1]-run[0] == 1 {
			items[run[0]] = map[string]any{"value": items[run[0]], "symbol": "rect", "symbolSize": []int{4, 6}}
		}
	}
	return items
}
