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
const pictureVersion = "5"

// madeWith names what draws pictures, so that the cache does not return one that another version made.
func madeWith() string {
	all := []string{pictureVersion}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "golang.org/x/image" || m.Path == "github.com/klauspost/compress" {
				all = append(all, m.Path+"@"+m.Version)
			}
		}
	}
	return strings.Join(all, " ")
}

// artist draws charts, and pictures of them or gets these from the cache: a picture takes a hundred times as long as a drawing.
type artist struct {
	site   string // its title
	with   string // what draws
	cache  *publish.Cache
	memory *memory
}

// drawn is a chart whose drawings are in the site.
type drawn struct {
	Chart  *chart.Chart // nil: there was nothing to draw
	Cached string       // name of its picture in the cache; empty: there is none
}

// drawCharts writes the drawings of the charts of all answers into the site, and returns the charts by the slugs of their questions.
// Answers without a value have none. The footer says whose an answer's drawing is.
func (a artist) drawCharts(answers []*analysis.Answer, footer func(*analysis.Answer) string, into *publish.Stage) (map[string]*chart.Chart, error) {
	all := make([]*chart.Chart, len(answers))
	group := errgroup.Group{}
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, answer := range answers {
		if answer.Question.Chart == nil {
			continue
		}
		group.Go(func() (err error) {
			if all[i], err = a.draw(answer, footer(answer), into); err != nil {
				return fmt.Errorf("chart of question %s: %w", answer.Question.Slug, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	charts := map[string]*chart.Chart{}
	for _, c := range all {
		if c != nil {
			charts[c.Slug] = c
		}
	}
	return charts, nil
}

// draw writes the drawings of an answer's chart, and returns the chart; nil where the answer has no value. They are drawn again where what they show
// is another.
func (a artist) draw(answer *analysis.Answer, footer string, into *publish.Stage) (*chart.Chart, error) {
	q, words := answer.Question, chart.Words{Title: claim(answer), Place: answer.Standing.Brief(), Footer: footer}
	d, err := makeFiles(a.memory, "charts/"+q.Slug+".svg", []any{q, answer.Result, words}, into, func(add adder) (drawn, error) {
		return a.drawAnew(answer, words, add)
	})
	if err != nil {
		return nil, err
	}
	if d.Cached != "" {
		a.cache.Use(d.Cached)
	}
	return d.Chart, nil
}

func (a artist) drawAnew(answer *analysis.Answer, words chart.Words, add adder) (drawn, error) {
	d, err := chart.New(answer)
	if err != nil || d == nil {
		return drawn{}, err
	}
	result := drawn{Chart: d.Chart}
	if answer.Question.Section != "" {
		d.Titled, d.Picture = answerPath(d.Slug, "svg"), answerPath(d.Slug, "png")
	}
	titled := d.Export(words)
	all := files{d.Light: d.Wide, d.Dark: chart.Darkened(d.Wide), d.Narrow: d.Phone, d.NarrowDark: chart.Darkened(d.Phone), d.Titled: titled}
	if answer.Question.Section != "" { // a part of a report has no page of its own, which others link to and where the chart answers to the mouse
		if all[d.Script], err = d.Content(); err != nil {
			return drawn{}, err
		}
		if all[d.Picture], result.Cached, err = a.picture(titled); err != nil {
			return drawn{}, fmt.Errorf("picture %s: %w", d.Picture, err)
		}
	}
	for path, content := range all {
		if err := add(path, content); err != nil {
			return drawn{}, err
		}
	}
	return result, nil
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

// picture returns a drawing as PNG, and its name in the cache.
func (a artist) picture(svg []byte) (png []byte, name string, err error) {
	name = sha256Hex(fmt.Appendf(nil, "%s %s", a.with, svg)) + ".png"
	png, err = a.cache.Get(name, func() ([]byte, error) { return raster.Chart(svg) })
	return png, name, err
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
