package chart

import (
	"fmt"
	"math"
	"strings"
)

// Thumbnail is a chart without axes or words that becomes part of a page: it gets its colours from the style sheet and
// needs no request.
type Thumbnail struct {
	Lines []ThumbnailLine
	Bars  []ThumbnailBar
}

// ThumbnailLine is the line of a series; gaps split its path.
type ThumbnailLine struct {
	Series int    // index in the palette
	Path   string // data of an SVG path
}

// ThumbnailBar is a bar as an SVG rectangle.
type ThumbnailBar struct {
	Series              int // index in the palette
	Unknown             bool
	X, Y, Width, Height string
}

const (
	thumbnailWidth  = 240
	thumbnailHeight = 96
	thumbnailEdge   = 3

	maxThumbnailPoints = 60 // of a series
	maxThumbnailSeries = 6
	maxThumbnailBars   = 40
)

func (p *plot) thumbnail() *Thumbnail {
	if p.Kind == "line" {
		return &Thumbnail{Lines: p.thumbnailLines()}
	}
	return &Thumbnail{Bars: p.thumbnailBars()}
}

// scaled returns the place of a value on the ordinate.
func (p *plot) scaled(y float64) float64 {
	if p.Log {
		return math.Log(y)
	}
	return y
}

// frame is the rectangle of times, or categories, and scaled values that a thumbnail shows.
type frame struct{ left, right, low, high float64 }

func (a frame) x(v float64) string {
	return scaledTo(v, a.left, a.right, thumbnailEdge, thumbnailWidth-thumbnailEdge)
}

func (a frame) y(v float64) string {
	return scaledTo(v, a.low, a.high, thumbnailHeight-thumbnailEdge, thumbnailEdge)
}

// scaledTo maps a value between from and to onto the range from a to b.
func scaledTo(v, from, to, a, b float64) string {
	if to == from {
		return px((a + b) / 2)
	}
	return px(a + (v-from)/(to-from)*(b-a))
}

// abscissaOf returns the place of a point on the axis.
func (p *plot) abscissaOf(at point) float64 {
	if p.overTime {
		return float64(at.time)
	}
	return float64(at.category)
}

func (p *plot) thumbnailLines() (lines []ThumbnailLine) {
	drawn := p.series[:min(len(p.series), maxThumbnailSeries)]
	bounds := frame{math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)}
	for _, s := range drawn {
		for _, at := range s.points {
			if p.drawable(at) {
				x, y := p.abscissaOf(at), p.scaled(*at.y)
				bounds = frame{min(bounds.left, x), max(bounds.right, x), min(bounds.low, y), max(bounds.high, y)}
			}
		}
	}
	for _, s := range drawn {
		path := p.thumbnailPath(s, bounds)
		if strings.Contains(path, "L") {
			lines = append(lines, ThumbnailLine{s.colour, path})
		} else if x, y, ok := strings.Cut(strings.TrimPrefix(path, "M"), " "); ok && !strings.Contains(y, "M") {
			lines = append(lines, ThumbnailLine{s.colour, fmt.Sprintf("M%s %sh0.01", x, y)}) // a dot
		}
	}
	return lines
}

func (p *plot) thumbnailPath(s series, bounds frame) string {
	var path strings.Builder
	command := "M"
	for _, at := range thin(s.points, maxThumbnailPoints) {
		if !p.drawable(at) {
			command = "M"
			continue
		}
		fmt.Fprintf(&path, "%s%s %s", command, bounds.x(p.abscissaOf(at)), bounds.y(p.scaled(*at.y)))
		command = "L"
	}
	return path.String()
}

// thumbnailPiece is the value of a series at a slot, a place along the axis.
type thumbnailPiece struct {
	slot, series, category int
	value                  float64
}

// thumbnailPieces returns the values that bars can show, and the number of slots.
func (p *plot) thumbnailPieces() (pieces []thumbnailPiece, slots int) {
	slotOf := map[int64]int{}
	for i, s := range p.series {
		for _, at := range s.points {
			if !p.drawable(at) || *at.y < 0 || s.panel != p.series[0].panel {
				continue
			}
			key := int64(at.category)
			if p.overTime {
				key = at.time
			}
			slot, known := slotOf[key]
			if !known {
				slot = len(slotOf)
				slotOf[key] = slot
			}
			pieces = append(pieces, thumbnailPiece{slot, i, at.category, *at.y})
		}
	}
	return pieces, len(slotOf)
}

// thumbnailBars draws the newest bars where the axis is one of time, else the first.
func (p *plot) thumbnailBars() (bars []ThumbnailBar) {
	pieces, slots := p.thumbnailPieces()
	from := 0
	if p.overTime || len(p.categories) > 0 && startsWithYear.MatchString(p.categories[0]) {
		from = max(0, slots-maxThumbnailBars)
	}
	shown := min(slots-from, maxThumbnailBars)
	stacked := p.isStacked()
	scale := func(v float64) float64 {
		if p.Log && !stacked {
			return math.Log1p(v)
		}
		return v
	}
	heights := make([]float64, slots)
	for _, b := range pieces {
		if stacked {
			heights[b.slot] += b.value
		} else {
			heights[b.slot] = max(heights[b.slot], scale(b.value))
		}
	}
	highest := 0.0
	for _, h := range heights[from : from+shown] {
		highest = max(highest, h)
	}
	if highest == 0 {
		return nil
	}
	step := float64(thumbnailWidth) / float64(max(shown, 8))
	base := make([]float64, slots)
	for _, b := range pieces {
		if b.slot < from || b.slot >= from+shown {
			continue
		}
		x, width := float64(b.slot-from)*step+step*0.1, step*0.8
		if !stacked {
			width /= float64(len(p.series))
			x += float64(b.series) * width
		}
		height := scale(b.value) * (thumbnailHeight / highest)
		if height < 0.5 {
			continue
		}
		look := p.inkOf(p.series[b.series], b.category)
		bars = append(bars, ThumbnailBar{look.colour, look.unknown, px(x), px(thumbnailHeight - base[b.slot] - height), px(width), px(height)})
		if stacked {
			base[b.slot] += height
		}
	}
	return bars
}

// drawable reports whether a point has a place on the ordinate.
func (p *plot) drawable(at point) bool {
	return at.y != nil && !math.IsNaN(*at.y) && !math.IsInf(*at.y, 0) && (!p.Log || *at.y > 0)
}
