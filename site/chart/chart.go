// Package chart turns the rows of an answer into a chart: static SVGs for screens, phones and exports, a script with the options from
// which charts.js draws one that answers to mouse and keyboard, and a thumbnail. It is the only importer of go-echarts.
package chart

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tidemark/analysis"
	"tidemark/site/format"
)

// Chart is what pages need to know of a chart. The SVG serves print, readers without JavaScript, and all others until they
// turn to the chart.
type Chart struct {
	ID            string // of the element on a page
	Slug          string // of the question
	Light, Dark   string // paths of the SVGs in the site
	Narrow        string // of the SVG for phones
	NarrowDark    string // likewise
	Titled        string // of the SVG that stands by itself, with title, date and source
	Script        string // path of the options
	Picture       string // path of the PNG that other sites show beside a link
	Width, Height int    // of the SVGs, in pixels
	NarrowWidth   int    // of those for phones
	NarrowHeight  int
	Alt           string   // what the chart shows, in words
	Standing      string   // of which day it speaks, and what is known
	Notes         []string // what the chart leaves out
	Breaks        []Break
	Events        []Event
	Small         *Thumbnail
	Tools         Tools
}

// Drawing is a chart with the content of its files.
type Drawing struct {
	*Chart
	Wide, Phone  []byte // of Chart.Light and Chart.Narrow
	plot, static *plot
}

// Export returns the drawing that stands by itself.
func (d *Drawing) Export(w Words) []byte {
	svg, _, _ := d.static.draw(wideWidth, &w)
	return svg
}

// Content returns the content of Chart.Script.
func (d *Drawing) Content() ([]byte, error) { return d.plot.script(d.Chart) }

// New arranges an answer as its question's chart says. It returns nil where no row has a value.
func New(a *analysis.Answer) (*Drawing, error) {
	p, err := plotOf(a)
	if err != nil || p == nil {
		return nil, err
	}
	slug := a.Question.Slug
	c := &Chart{ID: "chart-" + slug, Slug: slug, Alt: p.describe(), Standing: a.Standing.Brief(), Notes: p.notes, Breaks: p.breaks, Events: p.events, Small: p.thumbnail(),
		Light: "charts/" + slug + ".svg", Dark: "charts/" + slug + "-dark.svg", Narrow: "charts/" + slug + "-narrow.svg", NarrowDark: "charts/" + slug + "-narrow-dark.svg",
		Titled: "charts/" + slug + "-titled.svg", Script: "charts/" + slug + ".js", Picture: "charts/" + slug + ".png", Tools: p.tools()}
	d := &Drawing{Chart: c, plot: p, static: p.static()}
	d.Wide, c.Width, c.Height = d.static.draw(wideWidth, nil)
	d.Phone, c.NarrowWidth, c.NarrowHeight = d.static.draw(narrowWidth, nil)
	return d, nil
}

// script returns the script for charts.js. It is not JSON, because a page that is opened from a disk may load scripts
// only; encoding/json escapes <, > and &.
func (p *plot) script(c *Chart) ([]byte, error) {
	unit := ""
	if p.Share {
		unit = " %"
	}
	content, err := json.Marshal(map[string]any{"options": p.options(c), "dark": darkOf(), "facets": p.facetValues(), "panels": p.live(), "unit": unit})
	if err != nil {
		return nil, err
	}
	name, err := json.Marshal(c.Slug)
	return fmt.Appendf(nil, "(window.charts = window.charts || {})[%s] = %s;\n", name, content), err
}

// TableNote ends the words on a chart, which is shown with the table of its values.
const TableNote = "The table below has the values."

// describe says in words what the chart shows.
func (p *plot) describe() string {
	text := kindNames[p.Kind] + " of " + p.YName
	if p.overTime {
		from, to := p.ends()
		text += " from " + format.Day(from) + " to " + format.Day(to)
	} else {
		text += " by " + format.Heading(p.X)
	}
	if p.Series != "" {
		text += ": " + strings.Join(p.names(), ", ")
		if titles := p.titles(); len(titles) > 1 {
			text += "; a panel each for " + strings.Join(titles, "; ")
		}
	}
	if slices.ContainsFunc(p.series, series.hasSpread) {
		text += ". Bands show " + p.spreadName()
	}
	if n := len(p.breaks); n > 0 {
		text += fmt.Sprintf(". Breaks in the series are marked: %d", n)
	}
	for i, e := range p.events {
		if i == 0 {
			text += ". Events are marked"
		}
		text += fmt.Sprintf("; %s: %s", e.Day(), e.Text)
	}
	return text + ". " + TableNote
}
