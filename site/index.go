package site

import (
	"fmt"

	"tidemark/analysis"
	"tidemark/analysis/operator"
	"tidemark/rfcwatch/digest"
	"tidemark/site/format"
)

// indexView is the front page.
type indexView struct {
	Oldest   string           // day of the oldest data; empty: there are none
	Headline *analysis.Answer // whose lead heads the page; nil: none is new enough
	Examples []searchExample
	Cards    []figureCard
	Stories  []story
	Week     *weekView // nil: nothing has changed around what is watched
	Proof    *proof    // nil: no figure has a file below it
	Areas    []indexArea
	Sources  int // raw files below all answers
	Bytes    int64
	Datasets int // with rows
	Rows     int64
}

// indexArea is an area with its subjects.
type indexArea struct {
	area
	Subjects []subjectView
}

// searchExample is something that the search finds.
type searchExample struct{ Text, Path string }

// weekView is the newest week in which something changed around the watched documents.
type weekView struct {
	digest.Week
	Sentences []string
	More      int  // sentences that are left out
	Old       bool // by the day of the edition, it is not the week of which readers think
	Over      bool
}

const (
	maxExamples      = 3
	maxWeekSentences = 5
	daysOfWeek       = 7
)

// indexPage returns the front page.
func indexPage(f *facts) *page {
	cards := f.figureCards()
	v := indexView{Oldest: oldestDay(&f.Input), Headline: headline(cards), Examples: f.searchExamples(), Cards: chosenCards(cards), Stories: f.stories(cards), Week: f.newestWeek()}
	v.Proof = f.proofOf(v.Cards)
	for _, at := range areas {
		if subjects := f.subjectsIn(at.Name); len(subjects) > 0 {
			v.Areas = append(v.Areas, indexArea{at, subjects})
		}
	}
	met := map[string]bool{}
	for _, s := range f.Datasets {
		rows := v.Rows
		for _, m := range f.Partitions[s.Name] {
			v.Rows += m.Rows
			for _, in := range f.lineage.sources(m) {
				if !met[in.Name] {
					met[in.Name] = true
					v.Sources++
					v.Bytes += in.Bytes
				}
			}
		}
		if v.Rows > rows {
			v.Datasets++
		}
	}
	return &page{frame: f.frame, Path: "index.html", Title: f.Site.Title, Body: "index.html", Data: v,
		Description: "How the Internet evolves, in figures that can be traced back to the bytes they came from."}
}

// oldestDay returns the day of the oldest partition that speaks of one; "" where there is none.
func oldestDay(in *Input) (oldest string) {
	for _, all := range in.Partitions {
		for _, m := range all {
			if day := dayOf(m); day != "" && (oldest == "" || day < oldest) {
				oldest = day
			}
		}
	}
	return oldest
}

// searchExamples returns things of several sorts that have a page.
func (f *facts) searchExamples() (all []searchExample) {
	add := func(text, path string) {
		if path != "" && len(all) < maxExamples {
			all = append(all, searchExample{text, path})
		}
	}
	for _, a := range f.Networks.ASes[:min(1, len(f.Networks.ASes))] {
		add(fmt.Sprint("AS", a.ASN), operator.ASPage(a.ASN))
	}
	for _, r := range f.Regions.Countries[:min(1, len(f.Regions.Countries))] {
		add(r.Name, operator.CountryPage(r.Code))
	}
	for _, r := range f.RFCs[:min(1, len(f.RFCs))] {
		add(fmt.Sprint("RFC ", r.Number), rfcPath(r.Number))
	}
	for _, a := range areas {
		for _, s := range f.subjectsIn(a.Name) {
			add(s.Name, questionPath(s.First().Question.Slug))
		}
	}
	for _, s := range f.Datasets {
		add(s.Name, datasetPath(s.Name))
	}
	return all
}

// newestWeek returns the newest week in which something changed; nil: there is none.
func (f *facts) newestWeek() *weekView {
	if len(f.weeks) == 0 {
		return nil
	}
	w := &weekView{Week: f.weeks[0], Sentences: f.weeks[0].Sentences(), Over: f.weeks[0].Over(f.collectedUntil())}
	if more := len(w.Sentences) - maxWeekSentences; more > 0 {
		w.Sentences, w.More = w.Sentences[:maxWeekSentences], more
	}
	w.Old = ageOf(format.Day(w.Sunday()), f.Site.Newest).Days >= daysOfWeek
	return w
}
