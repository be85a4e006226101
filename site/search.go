package site

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tidemark/rfcwatch/dossier"
	"tidemark/site/format"
)

const (
	searchPath      = "search.html"
	searchIndexPath = "assets/search-index.js"
	wordsLimit      = 600 // letters that an entry of the index holds besides its title
)

// kinds of pages in their order on the page that lists them all.
const (
	kindPage     = "Page"
	kindQuestion = "Question"
	kindDataset  = "Dataset"
	kindAS       = "Network"
	kindPrefix   = "Prefix"
	kindRFC      = "Standard"
)

// searchView is the page of the search: without JavaScript a list of all pages.
type searchView struct{ Groups []searchGroup }

type searchGroup struct {
	Name  string
	Pages []*page
}

// searchPage adds the index of all other pages, and the page that searches and lists them.
func (b *builder) searchPage(context.Context) error {
	var v searchView
	rows := [][]string{}
	for _, kind := range []string{kindQuestion, kindPage, kindDataset, kindAS, kindPrefix, kindRFC} {
		g := searchGroup{Name: map[string]string{kindPage: "Pages", kindQuestion: "Questions", kindDataset: "Datasets", kindAS: "Networks", kindPrefix: "Prefixes", kindRFC: "Standards"}[kind]}
		for _, p := range b.pages {
			if cmp.Or(p.Kind, kindPage) != kind || p.Path == notFoundPath {
				continue
			}
			g.Pages = append(g.Pages, p)
			words := strings.Join(strings.Fields(p.Words), " ")
			if len(words) > wordsLimit {
				words = strings.ToValidUTF8(words[:wordsLimit], "")
			}
			rows = append(rows, []string{kind, format.Legible(p.Title), p.Path, format.Legible(words)})
		}
		if len(g.Pages) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	content, err := json.Marshal(rows) // escapes what could end a script
	if err != nil {
		return err
	}
	if err := b.stage.Add(searchIndexPath, fmt.Appendf(nil, "window.searchIndex = %s;\n", content)); err != nil {
		return err
	}
	b.pages = append(b.pages, &page{builder: b, Path: searchPath, Title: "Search", Body: "search.html", Data: v,
		Description: "Every page of the site, to search and to browse."})
	return nil
}

// SearchIndex are the scripts with what the search looks through.
func (p *page) SearchIndex() (string, error) {
	var all []string
	for _, path := range []string{searchIndexPath, titlesPath} {
		if !p.stage.Has(path) {
			continue
		}
		url, err := p.Asset(path)
		if err != nil {
			return "", err
		}
		all = append(all, url)
	}
	return strings.Join(all, " "), nil
}

// Here is the part of the list that has so many entries that they are shown without their texts.
func (g searchGroup) Long() bool { return len(g.Pages) > 100 }

// questionWords are what a question is found by besides its title.
func questionWords(v *questionView) string {
	q := v.Question
	words := []string{q.Section, q.Slug}
	for _, n := range q.RFCs {
		words = append(words, fmt.Sprintf("rfc%d", n))
	}
	for _, d := range q.Datasets {
		words = append(words, d.Name)
	}
	if q.Chart != nil {
		words = append(words, q.Chart.YName)
	}
	return strings.Join(append(words, q.Definition), " ")
}

// datasetWords are its columns and what a row is.
func datasetWords(v *datasetView) string {
	words := []string{v.Row}
	for _, c := range v.Columns {
		words = append(words, c.Name)
	}
	for _, m := range v.Metrics {
		words = append(words, m.Name)
	}
	return strings.Join(words, " ")
}

// rfcWords are status and keywords.
func rfcWords(r *dossier.RFC) string {
	words := []string{fmt.Sprintf("rfc%d", r.Number)}
	if e := r.Entry; e != nil {
		words = slices.Concat(words, []string{e.Status, e.WG}, e.Keywords)
	}
	return strings.Join(words, " ")
}
