package site

import (
	"fmt"
	"math"
	"strings"
)

// thumbnail is a chart without axes or words, drawn into the page itself: it takes its colours from the style sheet and
// costs no request.
type thumbnail struct {
	Lines []thumbnailLine
	Bars  []thumbnailBar
}

// thumbnailLine is the line of a series; where it has gaps, it has several parts.
type thumbnailLine struct {
	Series int // of the palette
	Path   string
}

type thumbnailBar struct {
	Series              int
	X, Y, Width, Height string
}

const (
	thumbnailWidth  = 240
	thumbnailHeight = 96
	thumbnailEdge   = 3
	thumbnailPoints = 60 // of a series
	thumbnailSeries = 6
	thumbnailBars   = 40
)

// thumbnail draws the plot small.
func (p *plot) thumbnail() *thumbnail {
	t := &thumbnail{}
	if p.Kind == "line" {
		p.thumbnailLines(t)
	} else {
		p.thumbnailBars(t)
	}
	return t
}

// scaled is a value as the ordinate has it.
func (p *plot) scaled(y float64) float64 {
	if p.Log {
		return math.Log(y)
	}
	return y
}

func (p *plot) thumbnailLines(t *thumbnail) {
	left, right := math.Inf(1), math.Inf(-1)
	low, high := math.Inf(1), math.Inf(-1)
	at := func(n point) float64 {
		if p.overTime {
			return float64(n.time)
		}
		return float64(n.at)
	}
	drawn := p.series[:min(len(p.series), thumbnailSeries)]
	for _, s := range drawn {
		for _, n := range s.points {
			if p.drawable(n) {
				left, right = min(left, at(n)), max(right, at(n))
				low, high = min(low, p.scaled(*n.y)), max(high, p.scaled(*n.y))
			}
		}
	}
	place := func(v, from, to, a, b float64) string {
		if to == from {
			return coordinate((a + b) / 2)
		}
		return coordinate(a + (v-from)/(to-from)*(b-a))
	}
	for i, s := range drawn {
		var path strings.Builder
		up := false
		for _, n := range thin(s.points, thumbnailPoints) {
			if !p.drawable(n) {
				up = false
				continue
			}
			command := "L"
			if !up {
				command = "M"
			}
			up = true
			fmt.Fprintf(&path, "%s%s %s", command, place(at(n), left, right, thumbnailEdge, thumbnailWidth-thumbnailEdge),
				place(p.scaled(*n.y), low, high, thumbnailHeight-thumbnailEdge, thumbnailEdge))
		}
		if strings.Contains(path.String(), "L") {
			t.Lines = append(t.Lines, thumbnailLine{i % paletteSize, path.String()})
		} else if x, y, ok := strings.Cut(strings.TrimPrefix(path.String(), "M"), " "); ok && !strings.Contains(y, "M") {
			t.Lines = append(t.Lines, thumbnailLine{i % paletteSize, fmt.Sprintf("M%s %sh0.01", x, y)}) // a dot
		}
	}
}

// thumbnailBars draws the newest bars over time, else the first.
func (p *plot) thumbnailBars(t *thumbnail) {
	slots := map[int64]int{}
	var order []int64
	type piece struct {
		slot, series int
		value        float64
	}
	var pieces []piece
	for i, s := range p.series {
		for _, n := range s.points {
			if !p.drawable(n) || *n.y < 0 {
				continue
			}
			key := int64(n.at)
			if p.overTime {
				key = n.time
			}
			if _, known := slots[key]; !known {
				slots[key] = len(order)
				order = append(order, key)
			}
			pieces = append(pieces, piece{slots[key], i, *n.y})
		}
	}
	from := 0
	if p.overTime || startsWithYear.MatchString(fmt.Sprint(append(p.categories, "")[0])) {
		from = max(0, len(order)-thumbnailBars)
	}
	shown := min(len(order)-from, thumbnailBars)
	heights := make([]float64, len(order))
	highest := 0.0
	scale := func(v float64) float64 {
		if p.Log {
			return math.Log1p(v)
		}
		return v
	}
	for _, b := range pieces {
		if p.Kind == "stacked" {
			heights[b.slot] += b.value
		} else {
			heights[b.slot] = max(heights[b.slot], scale(b.value))
		}
	}
	for slot := from; slot < from+shown; slot++ {
		highest = max(highest, heights[slot])
	}
	if highest == 0 {
		return
	}
	step := float64(thumbnailWidth) / float64(max(shown, 8))
	base := make([]float64, len(order))
	for _, b := range pieces {
		if b.slot < from || b.slot >= from+shown {
			continue
		}
		height := scale(b.value)
		x, width := float64(b.slot-from)*step+step*0.1, step*0.8
		if p.Kind == "stacked" {
			height = b.value
		} else {
			width /= float64(len(p.series))
			x += float64(b.series) * width
		}
		height *= thumbnailHeight / highest
		if height < 0.5 {
			continue
		}
		t.Bars = append(t.Bars, thumbnailBar{b.series % paletteSize, coordinate(x), coordinate(thumbnailHeight - base[b.slot] - height), coordinate(width), coordinate(height)})
		if p.Kind == "stacked" {
			base[b.slot] += height
		}
	}
}

// drawable tells whether a point has a place on the ordinate.
func (p *plot) drawable(n point) bool {
	return n.y != nil && !math.IsNaN(*n.y) && !math.IsInf(*n.y, 0) && (!p.Log || *n.y > 0)
}
