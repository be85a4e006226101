package site

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"tidemark/analysis"
	"tidemark/internal/legible"
	"tidemark/rfcwatch/dossier"
	"tidemark/site/publish"
)

const (
	searchPath      = "search.html"
	searchIndexPath = "assets/search-index.js"
	maxWords        = 600 // bytes of an entry of the index besides its title
)

// Kinds of pages.
const (
	kindPage     = "Page"
	kindQuestion = "Question"
	kindDataset  = "Dataset"
	kindAS       = "Network"
	kindPrefix   = "Prefix"
	kindCountry  = "Country"
	kindDomain   = "Domain"
	kindRFC      = "Standard"
)

// searchView is the page of the search: without JavaScript a list of all pages.
type searchView struct {
	Groups    []searchGroup
	Documents int // in the RFC index
}

type searchGroup struct {
	Name  string
	Pages []*page
	kind  string
}

// searchGroups are the kinds of pages in the order in which the search page lists them.
var searchGroups = []struct{ kind, name string }{
	{kindQuestion, "Questions"}, {kindPage, "Pages"}, {kindDataset, "Datasets"}, {kindAS, "Networks"}, {kindPrefix, "Prefixes"}, {kindCountry, "Countries and registries"}, {kindDomain, "Domains"}, {kindRFC, "Standards"},
}

// searchPage returns the page that searches and lists all other pages, and writes the index of the search.
func searchPage(f *facts, pages []*page, stage *publish.Stage) (*page, error) {
	groups := groupPages(pages)
	index, err := searchIndex(groups)
	if err != nil {
		return nil, err
	}
	if err := stage.Add(searchIndexPath, index); err != nil {
		return nil, err
	}
	return &page{frame: f.frame, Path: searchPath, Title: "Search", Body: "search.html", Data: searchView{groups, len(f.Standards.Index)},
		Description: "Every page of the site, to search and to browse."}, nil
}

func groupPages(pages []*page) (groups []searchGroup) {
	for _, g := range searchGroups {
		group := searchGroup{Name: g.name, kind: g.kind}
		for _, p := range pages {
			if cmp.Or(p.Kind, kindPage) == g.kind && p.Path != notFoundPath && !p.Unlisted {
				group.Pages = append(group.Pages, p)
			}
		}
		if len(group.Pages) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

// searchIndex returns the script that the search reads. encoding/json escapes what could end a script.
func searchIndex(groups []searchGroup) ([]byte, error) {
	rows := [][]string{}
	for _, g := range groups {
		for _, p := range g.Pages {
			words := strings.Join(strings.Fields(p.Words), " ")
			if len(words) > maxWords {
				words = strings.ToValidUTF8(words[:maxWords], "")
			}
			rows = append(rows, []string{g.kind, legible.Text(p.Title), p.Path, legible.Text(words)})
		}
	}
	content, err := json.Marshal(rows)
	return fmt.Appendf(nil, "window.searchIndex = %s;\n", content), err
}

// SearchIndex returns the links to the scripts that the search reads, with spaces between them.
func (p *page) SearchIndex() (string, error) {
	var all []string
	for _, path := range []string{searchIndexPath, titlesPath} {
		if _, ok := p.file(path); !ok {
			continue
		}
		link, err := p.Asset(path)
		if err != nil {
			return "", err
		}
		all = append(all, link)
	}
	return strings.Join(all, " "), nil
}

// Long reports whether the group has so many pages that they are folded away at first.
func (g searchGroup) Long() bool { return len(g.Pages) > 100 }

// questionWords returns what a question is found by besides its title.
func questionWords(q *analysis.Question) string {
	words := []string{q.Section, q.Subject, q.Slug}
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

// datasetWords returns what a dataset is found by: its columns and what a row is.
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

// rfcWords returns what an RFC is found by: status, working group and keywords.
func rfcWords(r *dossier.RFC) string {
	words := []string{fmt.Sprintf("rfc%d", r.Number)}
	if e := r.Entry; e != nil {
		words = slices.Concat(words, []string{e.Status, e.WG}, e.Keywords)
	}
	return strings.Join(words, " ")
}
