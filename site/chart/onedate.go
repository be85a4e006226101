package chart

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tidemark/site/format"
)

// ofOneDate turns a plot over time in which no series has two times into bars by category: one date is never a line. Stacks keep
// their series, with the date as category.
func (p *plot) ofOneDate() {
	if !p.overTime {
		return
	}
	times := map[int64]bool{}
	for _, s := range p.series {
		own := map[int64]bool{}
		for _, at := range s.points {
			if at.y != nil {
				own[at.time], times[at.time] = true, true
			}
		}
		if len(own) > 1 {
			return
		}
	}
	if p.Kind != "line" && len(times) > 1 || len(times) == 0 {
		return
	}
	p.overTime, p.breaks, p.Low, p.High = false, nil, "", ""
	if p.Kind == "stacked" {
		for t := range times { // there is one
			p.categories = []string{timeText(t)}
		}
		p.horizontal = true
		p.categoryFacets = nil
		return
	}
	p.Kind, p.Log, p.X, p.horizontal = "bar", false, p.Series, true
	one := series{name: p.YName}
	slices.SortStableFunc(p.series, func(a, b series) int { // the first are shown where they are many
		return cmp.Or(compareBool(b.headline, a.headline), cmp.Compare(b.last(), a.last()))
	})
	for _, s := range p.series {
		for _, at := range s.points {
			if at.y == nil {
				continue
			}
			name := s.name
			if len(times) > 1 {
				name += ", " + timeText(at.time)
			}
			p.categories = append(p.categories, name)
			p.categoryFacets = append(p.categoryFacets, s.facets)
			one.points = append(one.points, point{category: len(p.categories) - 1, y: at.y})
			break
		}
	}
	p.series, p.Series = []series{one}, ""
}

// last returns the newest time of a value; 0 where there is none.
func (s series) last() (t int64) {
	for _, at := range s.points {
		if at.y != nil {
			t = max(t, at.time)
		}
	}
	return t
}

// timeText returns a day, with the time of day where it is not midnight.
func timeText(ms int64) string {
	return strings.TrimSuffix(format.Minute(time.UnixMilli(ms).UTC()), " 00:00")
}
