package site

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"tidemark/analysis"
	"tidemark/internal/legible"
	"tidemark/site/chart"
	"tidemark/site/metadata"
	"tidemark/site/publish"
	"tidemark/site/raster"
	"tidemark/site/terms"
)

// pictureVersion changes when pictures of the same drawing are to look different.
const pictureVersion = "4"

// madeWith names what draws pictures, so that the cache does not return one that another version made.
func madeWith() string {
	all := []string{pictureVersion}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "golang.org/x/image" {
				all = append(all, m.Path+"@"+m.Version)
			}
		}
	}
	return strings.Join(all, " ")
}

// artist draws charts, and pictures of them or gets these from the cache: a picture takes a hundred times as long as a drawing.
type artist struct {
	site  string // its title
	with  string // what draws
	cache *publish.Cache
}

// drawCharts writes the drawings of the charts of all answers into the site, and returns the charts by the slugs of their questions.
// Answers without a value have none. The footer says whose an answer's drawing is.
func (a artist) drawCharts(answers []*analysis.Answer, footer func(*analysis.Answer) string, into *publish.Stage) (map[string]*chart.Chart, error) {
	drawn := make([]*chart.Chart, len(answers))
	group := errgroup.Group{}
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, answer := range answers {
		if answer.Question.Chart == nil {
			continue
		}
		group.Go(func() (err error) {
			if drawn[i], err = a.draw(answer, footer(answer), into); err != nil {
				return fmt.Errorf("chart of question %s: %w", answer.Question.Slug, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	charts := map[string]*chart.Chart{}
	for _, c := range drawn {
		if c != nil {
			charts[c.Slug] = c
		}
	}
	return charts, nil
}

// draw writes the drawings of an answer's chart, and returns the chart; nil where the answer has no value.
func (a artist) draw(answer *analysis.Answer, footer string, into *publish.Stage) (*chart.Chart, error) {
	d, err := chart.New(answer)
	if err != nil || d == nil {
		return nil, err
	}
	q := answer.Question
	if q.Section != "" {
		d.Titled, d.Picture = answerPath(q.Slug, "svg"), answerPath(q.Slug, "png")
	}
	titled := d.Export(chart.Words{Title: claim(answer), Place: d.Standing, Footer: footer})
	all := files{d.Light: d.Wide, d.Dark: chart.Darkened(d.Wide), d.Narrow: d.Phone, d.NarrowDark: chart.Darkened(d.Phone), d.Titled: titled}
	if q.Section != "" { // a part of a report has no page of its own, which others link to and where the chart answers to the mouse
		all[d.Script] = d.Content
		if err := a.picture(d.Picture, titled, into); err != nil {
			return nil, err
		}
	}
	for path, content := range all {
		if err := into.Add(path, content); err != nil {
			return nil, err
		}
	}
	return d.Chart, nil
}

// maxClaim is the length of a title in characters.
const maxClaim = 180

// claim returns the title of an answer's drawing: its lead, or its question where that is long.
func claim(a *analysis.Answer) string {
	if a.Lead == "" || utf8.RuneCountInString(a.Lead) > maxClaim {
		return legible.Text(a.Question.Title)
	}
	return legible.Text(strings.TrimSuffix(a.Lead, "."))
}

// picture writes a drawing as PNG.
func (a artist) picture(path string, svg []byte, into *publish.Stage) error {
	png, err := a.cache.Get(sha256Hex(fmt.Appendf(nil, "%s %s", a.with, svg))+".png", func() ([]byte, error) { return raster.Chart(svg) })
	if err != nil {
		return fmt.Errorf("picture %s: %w", path, err)
	}
	return into.Add(path, png)
}

// card draws the picture of pages without a chart.
func (a artist) card() ([]byte, error) {
	key := sha256Hex(fmt.Appendf(nil, "%s card %q", a.with, a.site))
	return a.cache.Get(key+".png", func() ([]byte, error) {
		return raster.Card(legible.Text(a.site), "How the Internet evolves: its routing table, its IPv6, its standards")
	})
}

// footerOf returns the line under an exported drawing: whose it is, what it was made from, under which licences, and where it is.
func footerOf(site metadata.Site, l lineage) func(*analysis.Answer) string {
	return func(a *analysis.Answer) string {
		words := sourceWords(site, l.terms(a.From))
		if site.URL != "" && a.Question.Section != "" {
			words += " · " + site.URL + strings.TrimSuffix(questionPath(a.Question.Slug), "index.html")
		}
		return legible.Text(words)
	}
}

// sourceWords returns in one line whose a figure is, whose data it was made from, and the licences.
func sourceWords(site metadata.Site, from []terms.Terms) string {
	all := []string{site.Title}
	if site.Publisher != "" && site.Publisher != site.Title {
		all[0] += ", " + site.Publisher
	}
	var sources []string
	for _, t := range from {
		switch {
		case t.License != "":
			sources = append(sources, t.Publisher+" ("+t.License+")")
		case t.Link != "" || t.Attribution != "": // the others are unnamed
			sources = append(sources, t.Publisher)
		}
	}
	if len(sources) > maxNamedSources {
		sources = append(sources[:maxNamedSources], "others")
	}
	if len(sources) > 0 {
		all = append(all, "Sources: "+strings.Join(sources, ", "))
	}
	if site.License != "" {
		all = append(all, "Licence: "+site.License)
	}
	return strings.Join(all, " · ")
}

// maxNamedSources is how many sources a drawing names.
const maxNamedSources = 4
