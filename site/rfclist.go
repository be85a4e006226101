package site

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"tidemark/datasets"
	"tidemark/site/format"
)

// listSize is how many numbers a page of the list spans.
const listSize = 1000

const titlesPath = "rfcs/titles.js"

// rfcListView is a page of the list of all documents.
type rfcListView struct {
	From, To  int // numbers
	Documents []datasets.RFC
	Pages     []listLink
}

type listLink struct {
	From, To int
	Path     string
	Here     bool
}

// rfcLists adds pages that list every document of the index, a thousand numbers each, and one to search them.
func (b *builder) rfcLists(context.Context) error {
	index := b.Standards.Index
	if len(index) == 0 {
		return nil
	}
	byPage := map[int][]datasets.RFC{}
	var numbers []int
	for _, d := range index {
		n := int(d.Number) / listSize
		if byPage[n] == nil {
			numbers = append(numbers, n)
		}
		byPage[n] = append(byPage[n], d)
	}
	slices.Sort(numbers)
	links := func(here int) (all []listLink) {
		for _, n := range numbers {
			all = append(all, listLink{max(n*listSize, 1), n*listSize + listSize - 1, listPath(n), n == here})
		}
		return all
	}
	for _, n := range numbers {
		v := rfcListView{From: max(n*listSize, 1), To: n*listSize + listSize - 1, Documents: byPage[n], Pages: links(n)}
		b.pages = append(b.pages, &page{builder: b, Path: listPath(n), Nav: "Standards", Body: "rfclist.html", Data: v,
			Title: fmt.Sprintf("RFC %d to %d", v.From, v.To), Description: "Every RFC of these numbers with its status."})
	}
	titles, err := titlesScript(index)
	if err != nil {
		return err
	}
	if err := b.stage.Add(titlesPath, titles); err != nil {
		return err
	}
	b.pages = append(b.pages, &page{builder: b, Path: "rfcs/search.html", Nav: "Standards", Body: "rfcsearch.html",
		Data:  rfcListView{Pages: links(-1), Documents: index},
		Title: "All RFCs", Description: "Every document of the RFC index, to search and to browse."})
	return nil
}

func listPath(n int) string { return "rfcs/list-" + strconv.Itoa(n) + ".html" }

// titlesScript holds what the search looks through: a script and no JSON, as pages that are opened from a disk may load
// the one and not the other. encoding/json escapes what could end a script.
func titlesScript(index []datasets.RFC) ([]byte, error) {
	rows := make([][]any, 0, len(index))
	for _, d := range index {
		if d.NotIssued {
			continue
		}
		keywords := ""
		for i, k := range d.Keywords {
			if i > 0 {
				keywords += ", "
			}
			keywords += k
		}
		rows = append(rows, []any{d.Number, format.Legible(d.Title), format.Legible(d.Status), d.Year, format.Legible(keywords)})
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "window.rfcTitles = %s;\n", text), nil
}
