package site

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/datasets"
	"tidemark/site/publish"
)

const (
	errataIndexPath = "errata/index.html"
	maxNewestErrata = 50
)

// errataIndexView is the page of all errata.
type errataIndexView struct {
	Day              time.Time // of the list
	Total, RFCs      int       // errata, and documents that have some
	Searched, Placed int       // errata of documents whose text is at hand, and those of them that were found in it
	States           []errataState
	Newest           []listedErratum // of all states
	Types            []string
}

// errataState is a state with how many errata have it and the pages that list them.
type errataState struct {
	State, Meaning string
	Counts         []int // by type, in the order of Types
	Total          int
	Lists          []errataLink // newest first
}

type errataLink struct {
	Name, Path string
	Errata     int
}

// errataListView is a page of the errata of a state that were reported in a year.
type errataListView struct {
	State, Meaning, Year string
	Errata               []listedErratum // newest first
}

// listedErratum is an erratum in a list.
type listedErratum struct {
	datasets.RFCErratum
	Obsolete bool // its document
}

// RFC returns the number of the document.
func (e listedErratum) RFC() int { return int(e.Number) }

// Path returns where the site shows the erratum.
func (e listedErratum) Path() string { return rfcPath(e.RFC()) + "#" + errataAnchor(e.ID) }

// Year returns the year in which it was reported.
func (e listedErratum) Year() string {
	if e.Submitted == nil {
		return "undated"
	}
	return e.Submitted.Format("2006")
}

// countErrata returns how many errata the newest list has.
func (f *facts) countErrata() (n int) {
	for _, r := range f.rfcs {
		n += len(r.Errata)
	}
	return n
}

// errataPages returns the page of all errata, and one for each state and year; none without a list of errata.
func errataPages(f *facts, _ *publish.Stage) (pages []*page, err error) {
	v := errataIndexView{Day: f.Standards.ErrataDay}
	var all []listedErratum
	for _, r := range slices.Concat(f.RFCs, f.Standards.Others) {
		if len(r.Errata) == 0 {
			continue
		}
		v.RFCs++
		obsolete := isObsolete(r)
		for _, e := range r.Errata {
			all = append(all, listedErratum{e.RFCErratum, obsolete})
			if r.Searched {
				v.Searched++
			}
			if e.Place != nil {
				v.Placed++
			}
			if !slices.Contains(v.Types, e.Type) {
				v.Types = append(v.Types, e.Type)
			}
		}
	}
	if len(all) == 0 {
		return nil, nil
	}
	v.Total = len(all)
	slices.Sort(v.Types)
	slices.SortFunc(all, func(a, b listedErratum) int {
		return cmp.Or(strings.Compare(submitted(b), submitted(a)), cmp.Compare(b.ID, a.ID))
	})
	v.Newest = all[:min(len(all), maxNewestErrata)]
	for _, s := range errataStates {
		state := errataState{State: s.State, Meaning: s.Meaning, Counts: make([]int, len(v.Types))}
		var list *errataListView
		for _, e := range all {
			if e.Status != s.State {
				continue
			}
			state.Total++
			state.Counts[slices.Index(v.Types, e.Type)]++
			if list == nil || list.Year != e.Year() {
				list = &errataListView{State: s.State, Meaning: s.Meaning, Year: e.Year()}
				link := errataLink{Name: e.Year(), Path: fmt.Sprintf("errata/%s-%s.html", s.State, e.Year())}
				state.Lists = append(state.Lists, link)
				pages = append(pages, &page{frame: f.frame, Path: link.Path, Nav: "Standards", Body: "erratalist.html", Unlisted: true, Data: list,
					Title: fmt.Sprintf("Errata: %s, %s", s.State, e.Year()), Description: "Errata of RFCs by the year in which they were reported, newest first."})
			}
			list.Errata = append(list.Errata, e)
			state.Lists[len(state.Lists)-1].Errata++
		}
		if state.Total > 0 {
			v.States = append(v.States, state)
		}
	}
	return append(pages, &page{frame: f.frame, Path: errataIndexPath, Nav: "Standards", Body: "errata.html", Title: "Errata", Data: v,
		Description: "Errata of all RFCs by state, with what the states mean, newest first."}), nil
}

// submitted returns the day of the report; empty: unknown.
func submitted(e listedErratum) string {
	if e.Submitted == nil {
		return ""
	}
	return e.Submitted.Format(time.DateOnly)
}
