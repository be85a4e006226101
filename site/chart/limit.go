package chart

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"tidemark/internal/quantity"
)

// What a chart shows at most: more of it a reader could not distinguish.
const (
	maxPoints         = 5000 // of all series
	maxSeries         = 12   // of bars
	maxHorizontalBars = 24   // of stacks
	maxRanks          = 15
)

// align gives every series of bars a point at every time, because ECharts stacks the values of the same index.
func (p *plot) align() {
	index := map[int64]int{}
	for _, s := range p.series {
		for _, at := range s.points {
			index[at.time] = 0
		}
	}
	times := slices.Sorted(maps.Keys(index))
	for i, t := range times {
		index[t] = i
	}
	for i, s := range p.series {
		points := make([]point, len(times))
		for n, t := range times {
			points[n].time = t
		}
		for _, at := range s.points {
			points[index[at.time]] = at
		}
		p.series[i].points = points
	}
}

// orderSeries moves the series that the lead is about to the front, with the newest of them first: the lead speaks of the
// newest rows. The others keep their order.
func (p *plot) orderSeries() {
	newest := func(s series) (at int64) {
		for _, one := range s.points {
			at = max(at, one.time)
		}
		return at
	}
	slices.SortStableFunc(p.series, func(a, b series) int {
		switch {
		case a.headline && b.headline:
			return cmp.Compare(newest(b), newest(a))
		case a.headline:
			return -1
		case b.headline:
			return 1
		}
		return 0
	})
}

// limit drops what a reader could not distinguish, and notes it.
func (p *plot) limit() {
	p.orderSeries()
	switch p.Kind {
	case "line":
		p.limitLines()
	case "stacked", area:
		p.dropZeros()
	}
	if n := len(p.series); p.Kind != "line" && p.Kind != area && n > maxSeries {
		p.series = p.series[:maxSeries]
		text := "The chart shows the first %d of %d series; the table has all of them."
		if p.series[0].headline {
			text = "The chart shows %d of %d series, those of the text above first; the table has all of them."
		}
		p.notes = append(p.notes, fmt.Sprintf(text, maxSeries, n))
	}
	each := maxPoints / max(len(p.series), 1)
	if p.horizontal {
		each = maxHorizontalBars
		if p.Kind == "bar" && !startsWithYear.MatchString(p.categories[0]) {
			each = maxRanks
		}
	}
	if p.Kind == area {
		p.limitDates()
	} else if p.overTime {
		p.limitPoints(each)
	} else {
		p.limitCategories(each)
	}
}

func (p *plot) limitCategories(each int) {
	n := len(p.categories)
	if n <= each {
		return
	}
	p.categories = p.categories[:each]
	for i := range p.series {
		p.series[i].points = slices.DeleteFunc(p.series[i].points, func(at point) bool { return at.category >= each })
	}
	p.categoryFacets = p.categoryFacets[:min(each, len(p.categoryFacets))]
	p.notes = append(p.notes, fmt.Sprintf("The chart shows the first %s of %s categories; the downloads have all of them.", quantity.Count(each), quantity.Count(n)))
}

func (p *plot) limitPoints(each int) {
	total, left := 0, 0
	for i := range p.series {
		points := p.series[i].points
		slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(a.time, b.time) })
		total += countValues(points)
		if p.Kind == "line" {
			points = thin(points, each)
		} else {
			points = points[max(0, len(points)-each):]
		}
		left += countValues(points)
		p.series[i].points = points
	}
	switch {
	case left == total:
	case p.Kind == "line":
		p.notes = append(p.notes, fmt.Sprintf("The chart shows %s of %s points: the lowest and the highest of each interval, and the gaps; "+
			"the downloads have all of them.", quantity.Count(left), quantity.Count(total)))
	default:
		p.notes = append(p.notes, fmt.Sprintf("The chart shows the newest %s of %s bars; the downloads have all of them.", quantity.Count(left), quantity.Count(total)))
	}
}

// countValues returns how many of the points have a value.
func countValues(points []point) (n int) {
	for _, at := range points {
		if at.y != nil {
			n++
		}
	}
	return n
}

// thin reduces points to at most limit: the first, the last, and of each stretch between them the lowest, the highest and
// the start of the first gap, in their order. So peaks and gaps survive, which a mean would blur.
func thin(points []point, limit int) []point {
	if len(points) <= limit || limit < 8 {
		return points
	}
	stretches := (limit - 2) / 3
	kept := []point{points[0]}
	inner := points[1 : len(points)-1]
	for i := range stretches {
		stretch := inner[i*len(inner)/stretches : (i+1)*len(inner)/stretches]
		lowest, highest, gap := -1, -1, -1
		for n, at := range stretch {
			switch {
			case at.y == nil:
				if gap < 0 {
					gap = n
				}
			case lowest < 0:
				lowest, highest = n, n
			case *at.y < *stretch[lowest].y:
				lowest = n
			case *at.y > *stretch[highest].y:
				highest = n
			}
		}
		for n, at := range stretch {
			if n == lowest || n == highest || n == gap {
				kept = append(kept, at)
			}
		}
	}
	return append(kept, points[len(points)-1])
}
