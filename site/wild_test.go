package site

import (
	"strings"
	"testing"

	"tidemark/analysis"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// TestWild: a standard has a row where there are data, with the share, its day and the change in a year; one without is on the operator's
// page only.
func TestWild(t *testing.T) {
	t.Parallel()
	in := feedInput(nil, "")
	rows := [][]any{}
	for i, share := range []float64{0.025, 0.05, 0.075} {
		rows = append(rows, []any{date(2023+i, 6, 1), "RFC 9234", int64(9234), "IPv4 table entries with Only to Customer (OTC)", share, int64(400), "rrc00", "attributes", ""})
	}
	rows = append(rows, []any{nil, "RFC 8092", int64(8092), "IPv4 table entries with large communities", nil, nil, "", "attributes", "There are no data for it."},
		[]any{nil, "RFC 7208", int64(7208), "", nil, nil, "", "", "Policies are in TXT records."})
	question := *questionNamed(t, wildQuestion)
	question.Chart, in.Datasets = nil, datasets.All()
	question.Basis.Known = "asked"
	in.Answers = []*analysis.Answer{{Question: &question, Result: &table.Result{Rows: rows, Columns: []table.ResultColumn{{Name: "as_of", Type: table.Date}, {Name: "standard"}, {Name: "rfc", Type: table.Int64},
		{Name: "what"}, {Name: "share", Type: table.Float64}, {Name: "asked", Type: table.Int64}, {Name: "source"}, {Name: "question"}, {Name: "not_measured"}}}}}
	page := rendered(t, in)[wildPath]
	for _, want := range []string{"Only to Customer", "7.5 %", "2025-06-01", "2.5 points since", "2024-06-01", "<polyline", "Policies are in TXT records."} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(string(page), "large communities") {
		t.Error("a standard without data has a row")
	}
	f := facts{frame: &frame{}, Input: in}
	if unseen := f.wild().Unseen; len(unseen) != 1 || unseen[0].RFC != 8092 {
		t.Errorf("without data are %+v, want RFC 8092", unseen)
	}
}

func questionNamed(t *testing.T, slug string) *analysis.Question {
	t.Helper()
	for _, q := range analysis.Questions() {
		if q.Slug == slug {
			return q
		}
	}
	t.Fatalf("there is no question %s", slug)
	return nil
}
