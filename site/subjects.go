package site

import (
	"cmp"
	"strings"

	"tidemark/analysis"
	"tidemark/site/chart"
)

// subjectView is a subject with its answers, of which there is one at least.
type subjectView struct {
	analysis.Subject
	Answers []*analysis.Answer
	Chart   *chart.Chart // of the first answer that has one; nil: none has
}

// subjectsIn returns the subjects of a section with their answers. A subject without any is left out.
func (f *facts) subjectsIn(section string) (all []subjectView) {
	for _, s := range analysis.Subjects() {
		if s.Section != section {
			continue
		}
		v := subjectView{Subject: s, Answers: f.answersOn(s.Name)}
		for _, a := range v.Answers {
			if v.Chart == nil {
				v.Chart = f.charts[a.Question.Slug]
			}
		}
		if len(v.Answers) > 0 {
			all = append(all, v)
		}
	}
	return all
}

// answersOn returns the answers of a subject that have something to show, in their order.
func (f *facts) answersOn(subject string) (all []*analysis.Answer) {
	for _, a := range f.Answers {
		if a.Question.Subject == subject && answered(a) {
			all = append(all, a)
		}
	}
	return all
}

// answered reports whether an answer has something to show to readers.
func answered(a *analysis.Answer) bool { return len(a.Result.Rows) > 0 }

// ID returns the subject's place on the page of its area.
func (s subjectView) ID() string { return subjectID(s.Name) }

func subjectID(name string) string { return strings.ReplaceAll(strings.ToLower(name), " ", "-") }

// First returns the answer that the subject is shown with: that of the chart, or the first one.
func (s subjectView) First() *analysis.Answer {
	for _, a := range s.Answers {
		if s.Chart != nil && a.Question.Slug == s.Chart.Slug {
			return a
		}
	}
	return s.Answers[0]
}

// questionTab is a question of a subject as its tabs show it.
type questionTab struct {
	Slug, Name string
	Current    bool
}

// tabsOf returns the answered questions of the subject of a question; nil where there is no other one.
func (f *facts) tabsOf(q *analysis.Question) (tabs []questionTab) {
	others := false
	for _, a := range f.answersOn(q.Subject) {
		current := a.Question.Slug == q.Slug
		others = others || !current
		tabs = append(tabs, questionTab{a.Question.Slug, cmp.Or(a.Question.Tab, a.Question.Title), current})
	}
	if !others {
		return nil
	}
	return tabs
}
