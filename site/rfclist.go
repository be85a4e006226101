package site

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tidemark/datasets"
	"tidemark/internal/legible"
	"tidemark/site/format"
	"tidemark/site/publish"
)

// listSize is how many RFC numbers a page of the list covers.
const listSize = 1000

const titlesPath = "rfcs/titles.js"

// rfcListView is a page of the list of all documents.
type rfcListView struct {
	From, To int // numbers
	Table    tableView
	Pages    []listLink
	Day      time.Time // of the index

	// Zero on the lists.

	Issued, Never int       // documents, and numbers that will never be used
	Texts         int       // documents whose text can be searched
	NeverOn       time.Time // the newest index that lists such numbers
}

type listLink struct {
	From, To int
	Path     string
	Current  bool // the link is on the page that it leads to
}

// rfcLists returns pages that list every document of the index, a thousand numbers each, and one to search them.
func rfcLists(f *facts, stage *publish.Stage) (pages []*page, err error) {
	index := f.Standards.Index
	if len(index) == 0 {
		return nil, nil
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
		v := rfcListView{From: max(n*listSize, 1), To: n*listSize + listSize - 1, Table: f.documentsTable(byPage[n]), Pages: links(n), Day: f.Standards.Day}
		pages = append(pages, &page{frame: f.frame, Path: listPath(n), Nav: "Standards", Body: "rfclist.html", Scripts: []string{tableScript}, Data: v,
			Title: fmt.Sprintf("RFC %d to %d", v.From, v.To), Description: "Every RFC with one of these numbers, and its status."})
	}
	titles, err := titlesScript(index)
	if err != nil {
		return nil, err
	}
	if err := stage.Add(titlesPath, titles); err != nil {
		return nil, err
	}
	v := rfcListView{Pages: links(-1), Day: f.Standards.Day, Texts: len(f.Standards.FullTexts)}
	v.Issued, v.Never, v.NeverOn = f.Standards.Issued()
	pages = append(pages, &page{frame: f.frame, Path: "rfcs/search.html", Nav: "Standards", Body: "rfcsearch.html",
		Data:  v,
		Title: "All RFCs", Description: "Every document of the RFC index, to search and to browse."})
	return pages, nil
}

// documentsTable returns a list of documents, with the days of the indexes that tell their statuses.
func (f *facts) documentsTable(documents []datasets.RFC) tableView {
	status := func(row int) string { return documents[row].Status }
	v := tableView{Name: "rfcs", Caption: "Documents with these numbers in the index of " + format.Day(f.Standards.Day) + "; obsolete ones are struck through", Total: len(documents),
		Columns: []tableColumn{{Name: "Document", Key: "document", Kind: ofNumber, Head: true}, {Name: "Title", Key: "title", Kind: ofText},
			{Name: "Status", Key: "status", Kind: ofText, Facet: facetOf(len(documents), status)}, {Name: "Published", Key: "published", Kind: ofNumber}}}
	if told := f.statusDays(numbersOf(documents)); told != "" {
		v.Caption += "; each status as last told, by indexes of " + told
	}
	v = v.withRows(len(documents), func(row int) []tableCell {
		d := documents[row]
		cells := []tableCell{{Text: rfcName(int(d.Number)), Link: f.rfcTarget(int(d.Number))}, {Text: d.Title, Gone: f.Obsolete(d.Number)}, {Text: d.Status}, {}}
		if d.NotIssued {
			cells[1].Text = "not issued"
		}
		if d.Year > 0 {
			cells[3].Text = fmt.Sprint(d.Year)
		}
		return cells
	})
	v.Columns[0].Class, v.Columns[3].Class = "day", "day" // names, not amounts
	return v
}

func numbersOf(documents []datasets.RFC) (all []uint32) {
	for _, d := range documents {
		all = append(all, d.Number)
	}
	return all
}

// statusDays returns the days of the indexes that tell the statuses of documents, the oldest and the newest; "" if none does.
func (f *facts) statusDays(numbers []uint32) string {
	var oldest, newest string
	for _, n := range numbers {
		if told, ok := f.Standards.Status[n]; ok {
			day := format.Day(told)
			if oldest == "" || day < oldest {
				oldest = day
			}
			newest = max(newest, day)
		}
	}
	if oldest == newest {
		return oldest
	}
	return oldest + " to " + newest
}

func listPath(n int) string { return "rfcs/list-" + strconv.Itoa(n) + ".html" }

// titlesScript returns what the search among RFCs looks through; It is a script because pages that are opened from a disk cannot load
// JSON. encoding/json escapes what could end a script.
func titlesScript(index []datasets.RFC) ([]byte, error) {
	rows := make([][]any, 0, len(index))
	for _, d := range index {
		if d.NotIssued {
			continue
		}
		rows = append(rows, []any{d.Number, legible.Text(d.Title), legible.Text(d.Status), d.Year, legible.Text(list(d.Keywords))})
	}
	text, err := json.Marshal(rows)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "window.rfcTitles = %s;\n", text), nil
}
