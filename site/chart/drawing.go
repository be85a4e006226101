package chart

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"github.com/xo/echartsgoja"
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
	return &q
}

// maxPens is how many charts are drawn at a time at most: each pen has ECharts in memory.
const maxPens = 8

// Pens is how many charts are drawn at a time.
func Pens() int { return min(runtime.GOMAXPROCS(0), maxPens) }

// idle has the pens that are not in use. They are kept because each compiles ECharts for its first drawing, which takes longer than
// to draw.
var idle = make(chan *echartsgoja.ECharts, maxPens)

// SVG draws a chart for a light ground.
func (d *Drawing) SVG(ctx context.Context) ([]byte, error) {
	var pen *echartsgoja.ECharts
	select {
	case pen = <-idle:
	default:
		pen = echartsgoja.New()
	}
	echartsgoja.WithWidthHeight(width, d.Height)(pen)
	svg, err := pen.RenderOptions(ctx, string(d.Options))
	if err != nil {
		return nil, err // the pen may still be drawing
	}
	select {
	case idle <- pen:
	default:
	}
	return []byte(svg), checkSVG(svg)
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

// checkSVG returns an error for anything but a plain drawing: the file can be opened by itself, and then its scripts would
// run.
func checkSVG(svg string) error {
	elements := []string{"svg", "g", "path", "rect", "text", "style", "defs", "clipPath", "pattern", "circle", "line", "polyline", "polygon", "tspan"}
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the SVG is not well-formed: %w", err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !slices.Contains(elements, e.Name.Local) {
			return fmt.Errorf("the SVG has the element %s", e.Name.Local)
		}
		for _, a := range e.Attr {
			if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || a.Name.Local == "href" {
				return fmt.Errorf("element %s of the SVG has the attribute %s", e.Name.Local, a.Name.Local)
			}
		}
	}
}
