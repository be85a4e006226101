package site

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tidemark/analysis"
	"tidemark/internal/legible"
	"tidemark/rfcwatch/dossier"
	"tidemark/site/lookup"
	"tidemark/site/publish"
)

const (
	rfcWordsFolder  = "rfcs/words/"
	rfcWordsPath    = rfcWordsFolder + "index.js"
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
	kindIncident = "Incident"
	kindCountry  = "Country"
	kindDomain   = "Domain"
	kindRFC      = "Standard"
	kindDraft    = "Draft that would change it"
)

// searchView is the page of the search: without JavaScript a list of all pages.
type searchView struct {
	Groups    []searchGroup
	Documents int // in the RFC index
}

type searchGroup struct {
	Name  string
	Pages []searched
	kind  string
}

// searched is a page as the search knows it.
type searched struct{ Path, Title, Words string }

// searchGroups are the kinds of pages in the order in which the search page lists them.
var searchGroups = []struct{ kind, name string }{
	{kindQuestion, "Questions"}, {kindPage, "Pages"}, {kindDataset, "Datasets"}, {kindAS, "Networks"}, {kindPrefix, "Prefixes"}, {kindIncident, "Incidents"}, {kindCountry, "Countries and registries"}, {kindDomain, "Domains"}, {kindRFC, "Standards"},
}

// searchPage returns the page that searches and lists all other pages, and writes the index of the search.
func searchPage(f *facts, pages []*page, stage *publish.Stage) (*page, error) {
	groups := listPages(pages)
	if err := rfcWordScripts(f, stage); err != nil {
		return nil, err
	}
	index, err := searchIndex(groups, f.draftTitles(), stage)
	if err != nil {
		return nil, err
	}
	if err := stage.Add(searchIndexPath, index); err != nil {
		return nil, err
	}
	return &page{frame: f.frame, Path: searchPath, Title: "Search", Body: "search.html", Data: searchView{groups, len(f.Standards.Index)},
		Description: "Every page of the site, to search and to browse."}, nil
}

func listPages(pages []*page) (groups []searchGroup) {
	for _, g := range searchGroups {
		group := searchGroup{Name: g.name, kind: g.kind}
		for _, p := range pages {
			if cmp.Or(p.Kind, kindPage) == g.kind && p.Path != notFoundPath && !p.Unlisted {
				group.Pages = append(group.Pages, searched{p.Path, p.Title, p.Words})
			}
		}
		if len(group.Pages) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
}

// searchIndex returns the script that the search reads. Standards are left to the scripts of their words, where there are any: there may be
// ten thousand. encoding/json escapes what could end a script.
func searchIndex(groups []searchGroup, drafts [][]string, stage *publish.Stage) ([]byte, error) {
	has := map[string]bool{"lookup": stage.Has(lookup.IndexPath), "rfcs": stage.Has(rfcWordsPath)}
	rows := drafts
	paths := map[string]bool{}
	for _, g := range groups {
		for _, p := range g.Pages {
			paths[p.Path] = true
			if g.kind == kindRFC && has["rfcs"] {
				continue
			}
			words := strings.Join(strings.Fields(p.Words), " ")
			if len(words) > maxWords {
				words = strings.ToValidUTF8(words[:maxWords], "")
			}
			rows = append(rows, []string{g.kind, legible.Text(p.Title), p.Path, legible.Text(words)})
		}
	}
	meant := map[string][]string{}
	for word, slugs := range synonyms {
		for _, slug := range slugs {
			if path := questionPath(slug); paths[path] {
				meant[word] = append(meant[word], path)
			}
		}
	}
	var script []byte
	for _, v := range []struct {
		name  string
		value any
	}{{"Index", rows}, {"Synonyms", meant}, {"Has", has}} {
		content, err := json.Marshal(v.value)
		if err != nil {
			return nil, err
		}
		script = fmt.Appendf(script, "window.search%s = %s;\n", v.name, content)
	}
	return script, nil
}

// draftTitles returns the rows of drafts that would change an RFC with a page: they lead to it.
func (f *facts) draftTitles() [][]string {
	rows := [][]string{}
	met := map[string]bool{}
	for _, r := range f.RFCs {
		for _, d := range r.Drafts {
			if !met[d.Name] {
				met[d.Name] = true
				rows = append(rows, []string{kindDraft, legible.Text(d.Name + ": " + d.Title), rfcPath(r.Number), ""})
			}
		}
	}
	return rows
}

// rfcWordScripts writes the scripts in which RFCs stand under the words of their titles; none where there is no index.
func rfcWordScripts(f *facts, stage *publish.Stage) error {
	if len(f.Standards.Index) == 0 {
		return nil
	}
	var titles []lookup.Title
	for _, d := range f.Standards.Index {
		t := lookup.Title{Key: strconv.Itoa(int(d.Number)), Text: d.Title, Note: d.Status}
		if d.NotIssued {
			t.Text = "Never issued"
		}
		if d.Year > 0 {
			t.Note = strings.TrimPrefix(t.Note+", "+strconv.Itoa(int(d.Year)), ", ")
		}
		titles = append(titles, t)
	}
	version := sha256.New()
	firsts, err := lookup.WriteWords(rfcWordsFolder, titles, func(name string, content []byte) error {
		version.Write(content)
		return stage.Add(name, content)
	})
	if err != nil {
		return err
	}
	content, err := json.Marshal(map[string]any{"words": firsts, "version": hex.EncodeToString(version.Sum(nil))[:16]})
	if err != nil {
		return err
	}
	return stage.Add(rfcWordsPath, fmt.Appendf(nil, "window.rfcWords = %s;\n", content))
}

// SearchIndex returns the links to the scripts that the search among RFCs reads, with spaces between them.
func (p *page) SearchIndex() (string, error) { return p.indexAnd(titlesPath) }

// FieldIndex is that of the search field: what it needs besides, it loads once it knows what is asked.
func (p *page) FieldIndex() (string, error) { return p.indexAnd(lookupScript, "assets/resolve.js") }

// indexAnd returns the links to the index and to those of the other files that there are. That to the index has no part of its hash: it is in
// every page, and a title anywhere changes it. Servers let browsers ask each time whether it is the newest (docs/headers).
func (p *page) indexAnd(others ...string) (string, error) {
	more, err := p.links(others...)
	return strings.TrimSpace(p.To(searchIndexPath) + " " + more), err
}

// HasLookup reports whether there are pages of any AS and any prefix.
func (p *page) HasLookup() bool {
	_, ok := p.file(lookup.IndexPath)
	return ok
}

// links returns the links to those of the files that there are.
func (p *page) links(paths ...string) (string, error) {
	var all []string
	for _, path := range paths {
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
func (g searchGroup) Long() bool { return len(g.Pages) > 12 }

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
