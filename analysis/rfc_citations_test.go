package analysis

import (
	"slices"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch"
	"tidemark/rfcwatch/history"
)

// TestCitations asks the newest real index for each RFC that a question or a column cites: one that is obsolete needs a
// successor beside it.
func TestCitations(t *testing.T) {
	store := tables.Store(t)
	for path, day := range map[string]time.Time{"rfc-index-txt/rfc-index.2025-01-14.txt.gz": {}, "rfcs-json/rfcs.2026-08.json.gz": time.Date(2026, 8, 20, 0, 0, 0, 0, time.UTC)} {
		if _, err := tables.Decode(t, store, rfcwatch.Index{}, "", testkit.Data(t, "rfc/"+path), day); err != nil {
			t.Fatal(err)
		}
	}
	state, err := history.At(store, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	check := func(where string, cited []int) {
		for _, n := range cited {
			var successors []int
			for _, e := range state.Graph(uint32(n), 1) {
				if e.Relation == "obsoletes" && int(e.To) == n {
					successors = append(successors, int(e.From))
				}
			}
			if len(successors) > 0 && !slices.ContainsFunc(successors, func(s int) bool { return slices.Contains(cited, s) }) {
				t.Errorf("%s cites RFC %d, which is obsoleted by RFC %d: cite that one beside it", where, n, successors)
			}
		}
	}
	for _, q := range Questions() {
		check("the question "+q.Slug, q.RFCs)
	}
	for _, s := range datasets.All() {
		for _, c := range s.Columns {
			check("the column "+s.Name+"."+c.Name, c.RFCs)
		}
	}
	if d := state.Documents[8446]; d == nil || len(state.Graph(8446, 1)) == 0 {
		t.Error("the index does not say that RFC 8446 is obsolete: the test cannot fail")
	}
}
