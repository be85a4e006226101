package chart

import (
	"bytes"
	"regexp"
	"slices"
)

// maxStaticPoints is the number of points of all series in the static drawing, which is only some hundred pixels wide.
const maxStaticPoints = 1200

// static returns the plot with no more points than a drawing can show, and without those that its axis cannot.
func (p *plot) static() *plot {
	q := *p
	q.series = slices.Clone(p.series)
	for i, s := range q.series {
		points := slices.Clone(s.points)
		for n := range points {
			if !p.drawable(points[n]) {
				points[n].y = nil
			}
		}
		if p.overTime && p.Kind == "line" {
			points = thin(points, max(100, min(400, maxStaticPoints/len(p.series))))
		}
		q.series[i].points = points
	}
	if p.Kind == area {
		q.thinDates(maxStaticDates)
	}
	return &q
}

var colourAttribute = regexp.MustCompile(`(?:fill|stroke)="#[0-9a-f]{6}"`)

// Darkened returns a drawing in the colours for a dark ground.
func Darkened(svg []byte) []byte {
	colours := darkOf()
	return colourAttribute.ReplaceAllFunc(svg, func(a []byte) []byte {
		at := bytes.IndexByte(a, '#')
		if c, known := colours[string(a[at:len(a)-1])]; known {
			return append(append(slices.Clone(a[:at]), c...), '"')
		}
		return a
	})
}
