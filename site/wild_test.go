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
	for i, share := range []int64{10, 20, 30} {
		rows = append(rows, []any{date(2023+i, 6, 1), int64(4), "otc", "rrc00", share, int64(400)})
	}
	question := *questionNamed(t, "attributes")
	question.Chart, in.Datasets = nil, datasets.All()
	in.Answers = []*analysis.Answer{{Question: &question, Result: &table.Result{Rows: rows, Columns: []table.ResultColumn{{Name: "dump_time", Type: table.Date}, {Name: "family", Type: table.Int64},
		{Name: "attribute"}, {Name: "collector"}, {Name: "entries", Type: table.Int64}, {Name: "table_entries", Type: table.Int64}}}}}
	page := rendered(t, in)["rfcs/wild.html"]
	for _, want := range []string{"Only to Customer", "7.5 %", "2025-06-01", "2.5 points since", "2024-06-01", "<polyline"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(string(page), "large communities") {
		t.Error("a standard without data has a row")
	}
	for _, u := range unseen(in.Answers) {
		if u.RFC == 9234 {
			t.Error("RFC 9234 has data")
		}
	}
	if n := len(unseen(in.Answers)); n != len(practices)-1 {
		t.Errorf("%d without data, want %d", n, len(practices)-1)
	}
}

// TestPractices: each one names a question that there is, and columns of its basis.
func TestPractices(t *testing.T) {
	for _, p := range practices {
		q := questionNamed(t, p.question)
		if p.what == "" || (p.rfc == 0) == (p.draft == "") || q.Basis.AsOf == "" {
			t.Errorf("%+v", p)
		}
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
