package chart

import (
	"slices"
	"strings"
)

// Sparkline is a line without axes, 120 by 32 units.
type Sparkline struct {
	Points string // of an SVG polyline
	X, Y   string // of the newest point
}

// MinSparkline is the number of values that make a line.
const MinSparkline = 3

const (
	sparklineWidth  = 120
	sparklineHeight = 32
	sparklineEdge   = 4
)

// NewSparkline draws values at equal distances; nil where there are fewer than MinSparkline, or all are the same.
func NewSparkline(values []float64) *Sparkline {
	if len(values) < MinSparkline {
		return nil
	}
	low, high := slices.Min(values), slices.Max(values)
	if low == high {
		return nil
	}
	s := &Sparkline{}
	points := make([]string, len(values))
	for i, v := range values {
		s.X = px(sparklineEdge + float64(i)*(sparklineWidth-2*sparklineEdge)/float64(len(values)-1))
		s.Y = px(sparklineHeight - sparklineEdge - (v-low)/(high-low)*(sparklineHeight-2*sparklineEdge))
		points[i] = s.X + "," + s.Y
	}
	s.Points = strings.Join(points, " ")
	return s
}
