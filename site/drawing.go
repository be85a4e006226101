package site

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/xo/echartsgoja"
	"golang.org/x/sync/errgroup"

	"tidemark/analysis"
)

// staticPoints bounds the points of all series in the static drawing, which is no wider than some hundred pixels.
const staticPoints = 1200

// drawing is a chart on its way into the site.
type drawing struct {
	*chart
	answer  *analysis.Answer
	options []byte // JSON of the static drawing
	svg     []byte
	png     []byte
}

// drawAll draws the charts of all answers, several at a time.
func (b *builder) drawAll(ctx context.Context) error {
	var all []*drawing
	for _, a := range b.Answers {
		if a.Question.Chart == nil {
			continue
		}
		d, err := b.prepare(a)
		if err != nil {
			return fmt.Errorf("chart of question %s: %w", a.Question.Slug, err)
		}
		if d != nil {
			all = append(all, d)
			b.charts[a.Question.Slug] = d.chart
		}
	}
	due := make(chan *drawing)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(due)
		for _, d := range all {
			select {
			case due <- d:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range min(runtime.GOMAXPROCS(0), 8) {
		group.Go(func() error {
			pens := pens{}
			for d := range due {
				if err := b.draw(ctx, d, pens); err != nil {
					return fmt.Errorf("chart of question %s: %w", d.Slug, err)
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, d := range all {
		for _, f := range []struct {
			path    string
			content []byte
		}{{d.Light, d.svg}, {d.Dark, darkened(d.svg)}, {d.Picture, d.png}} {
			if err := b.add(f.path, f.content); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepare arranges an answer for drawing and adds the script with its options; nil where there is nothing to draw.
func (b *builder) prepare(a *analysis.Answer) (*drawing, error) {
	p, err := plotOf(a)
	if err != nil || p == nil {
		return nil, err
	}
	slug := a.Question.Slug
	c := &chart{ID: "chart-" + slug, Slug: slug, Alt: p.describe(), Notes: p.notes, Breaks: p.breaks, Small: p.thumbnail(),
		Light: "charts/" + slug + ".svg", Dark: "charts/" + slug + "-dark.svg", Script: "charts/" + slug + ".js", Picture: "charts/" + slug + ".png",
		Width: chartWidth, Height: p.height(), Tools: p.tools()}
	live, err := p.script(c)
	if err != nil {
		return nil, err
	}
	if err := b.add(c.Script, live); err != nil {
		return nil, err
	}
	d := &drawing{chart: c, answer: a}
	d.options, err = json.Marshal(p.static().options(c))
	return d, err
}

// script is the chart for charts.js. A page that is opened from a disk may load a script and no JSON; encoding/json
// escapes <, > and &.
func (p *plot) script(c *chart) ([]byte, error) {
	content, err := json.Marshal(map[string]any{"options": p.options(c), "dark": darkOf, "facets": p.facetValues()})
	if err != nil {
		return nil, err
	}
	name, err := json.Marshal(c.Slug)
	return fmt.Appendf(nil, "(window.charts = window.charts || {})[%s] = %s;\n", name, content), err
}

// static is the plot with no more points than a drawing can show, and without those that its axis cannot.
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
			points = thin(points, max(100, min(400, staticPoints/len(p.series))))
		}
		q.series[i].points = points
	}
	return &q
}

// drawingVersion changes when a drawing of the same options shall look another way.
const drawingVersion = "2"

// madeWith names what draws, so that a drawing from another version is not taken for this one's.
var madeWith = func() string {
	all := []string{drawingVersion}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/xo/echartsgoja" || m.Path == "golang.org/x/image" {
				all = append(all, m.Path+"@"+m.Version)
			}
		}
	}
	return strings.Join(all, " ")
}()

// draw makes the static drawing and the picture of a chart, or finds them in the cache.
func (b *builder) draw(ctx context.Context, d *drawing, pens pens) (err error) {
	key := sha256Hex(fmt.Appendf(nil, "%s %d %s", madeWith, d.Height, d.options))
	d.svg, err = b.cache.get(key+".svg", func() ([]byte, error) {
		svg, err := pens.at(d.Height).RenderOptions(ctx, string(d.options))
		if err == nil {
			err = checkSVG(svg)
		}
		return []byte(svg), err
	})
	if err != nil {
		return fmt.Errorf("drawing: %w", err)
	}
	title := legible(d.answer.Question.Title)
	key = sha256Hex(fmt.Appendf(nil, "%s %q %q %s", madeWith, b.Title, title, d.svg))
	d.png, err = b.cache.get(key+".png", func() ([]byte, error) { return picture(legible(b.Title), title, d.svg) })
	if err != nil {
		return fmt.Errorf("picture: %w", err)
	}
	return nil
}

// pens draw the charts of a height, one at a time. They are kept, because each compiles ECharts for its first drawing.
type pens map[int]*echartsgoja.ECharts

func (p pens) at(height int) *echartsgoja.ECharts {
	if p[height] == nil {
		p[height] = echartsgoja.New(echartsgoja.WithWidthHeight(chartWidth, height))
	}
	return p[height]
}

var colourAttribute = regexp.MustCompile(`(?:fill|stroke)="#[0-9a-f]{6}"`)

// darkened is the drawing in the colours for dark ground.
func darkened(svg []byte) []byte {
	return colourAttribute.ReplaceAllFunc(svg, func(a []byte) []byte {
		at := bytes.IndexByte(a, '#')
		if c, known := darkOf[string(a[at:len(a)-1])]; known {
			return append(append(slices.Clone(a[:at]), c...), '"')
		}
		return a
	})
}

// checkSVG refuses what is not a plain drawing: the file can be opened by itself, and then scripts in it would run.
func checkSVG(svg string) error {
	elements := []string{"svg", "g", "path", "rect", "text", "style", "defs", "clipPath", "circle", "line", "polyline", "polygon", "tspan"}
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
			return fmt.Errorf("the SVG holds the element %s", e.Name.Local)
		}
		for _, a := range e.Attr {
			if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || a.Name.Local == "href" {
				return fmt.Errorf("the SVG's element %s has %s", e.Name.Local, a.Name.Local)
			}
		}
	}
}
