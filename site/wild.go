package site

import (
	"slices"

	"tidemark/analysis"
	"tidemark/site/publish"
)

const wildPath = "rfcs/wild.html"

// wildQuestion is the slug of the question whose answer the page of standards and their use shows.
const wildQuestion = "standards-in-the-wild"

// wildRow is a line of the page.
type wildRow struct {
	RFC      int    // 0: a draft
	Draft    string // its name
	What     string // is measured, or why nothing is
	Status   string
	Title    string
	Figure   *analysis.AnsweredFigure // nil: not measured
	Question string                   // slug of the question that it is of, if the site has its answer
	Line     *sparkline
}

// wildView is the page of standards and their use.
type wildView struct {
	Question   string    // whose answer this is
	Rows       []wildRow // measured
	Unseen     []wildRow // would be measured if there were data
	Unmeasured []wildRow // cannot be measured; What is why
}

// wildPages returns the page of standards and their use; none if nothing is measured.
func wildPages(f *facts, _ *publish.Stage) ([]*page, error) {
	v := f.wild()
	if len(v.Rows) == 0 {
		return nil, nil
	}
	return []*page{{frame: f.frame, Path: wildPath, Nav: "Standards", Body: "wild.html", Title: "Standards against reality", Data: v,
		Description: "For each standard whose use is measured, the share that follows it, with day, coverage and the change in a year."}}, nil
}

// wild returns the standards of the answer in its order.
func (f *facts) wild() (v wildView) {
	v.Question = wildQuestion
	at := slices.IndexFunc(f.Answers, func(a *analysis.Answer) bool { return a.Question.Slug == wildQuestion })
	if at < 0 || f.Answers[at].Result == nil {
		return v
	}
	a := f.Answers[at]
	column := map[string]int{}
	for i, c := range a.Result.Columns {
		column[c.Name] = i
	}
	met := map[string]bool{}
	for _, values := range a.Result.Rows {
		text := func(name string) string { s, _ := values[column[name]].(string); return s }
		standard := text("standard")
		if met[standard] {
			continue
		}
		met[standard] = true
		number, _ := values[column["rfc"]].(int64)
		r := f.wildRow(int(number))
		r.What = text("what")
		if question := text("question"); f.hasAnswer(question) {
			r.Question = question
		}
		if number == 0 {
			r.Draft = standard
		}
		r.Figure = a.Yearly(analysis.Figure{Column: "share", Unit: "%", Where: map[string]string{"standard": standard}})
		switch {
		case text("question") == "":
			r.What = text("not_measured")
			v.Unmeasured = append(v.Unmeasured, r)
		case r.Figure == nil:
			v.Unseen = append(v.Unseen, r)
		default:
			r.Line = sparklineOf(r.Figure)
			v.Rows = append(v.Rows, r)
		}
	}
	return v
}

// hasAnswer reports whether the site has the answer of a question.
func (f *facts) hasAnswer(slug string) bool {
	return slices.ContainsFunc(f.Answers, func(a *analysis.Answer) bool { return a.Question.Slug == slug })
}

// practicesByRFC returns what is measured of the use of standards, by the number of the RFC.
func (f *facts) practicesByRFC() map[int][]wildRow {
	all := map[int][]wildRow{}
	for _, r := range f.wild().Rows {
		if r.RFC > 0 {
			all[r.RFC] = append(all[r.RFC], r)
		}
	}
	return all
}

// wildRow returns a row with what the index says of the document.
func (f *facts) wildRow(number int) wildRow {
	r := wildRow{RFC: number}
	if document := f.rfcs[number]; document != nil && document.Entry != nil {
		r.Status, r.Title = document.Entry.Status, document.Entry.Title
	}
	return r
}
