package analysis

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch"
	"tidemark/rfcwatch/history"
)

// TestCitations asks the newest real index for each RFC that the program cites: a question, a column, or a line of its sources and
// documents. One that is obsolete needs a successor beside it.
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
			if state.Documents[uint32(n)] == nil {
				t.Errorf("%s cites RFC %d, which the index does not have", where, n)
			}
			successors := successors(state, n)
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
	checkTexts(t, state)
	if d := state.Documents[8446]; d == nil || len(state.Graph(8446, 1)) == 0 {
		t.Error("the index does not say that RFC 8446 is obsolete: the test cannot fail")
	}
}

// successors returns the RFCs that obsolete an RFC.
func successors(state *history.State, n int) (all []int) {
	for _, e := range state.Graph(uint32(n), 1) {
		if e.Relation == "obsoletes" && int(e.To) == n {
			all = append(all, int(e.From))
		}
	}
	return all
}

var (
	citation = regexp.MustCompile(`\b(?:RFCs? ?|rfc)(\d{3,5})\b`)
	number   = regexp.MustCompile(`\d{3,5}`)
)

// checkTexts looks for citations in what people read: source files, templates, questions, documents and examples.
func checkTexts(t *testing.T, state *history.State) {
	cited := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != ".." && (strings.HasPrefix(d.Name(), ".") || slices.Contains([]string{"testdata", "build", "data", "bench-data", "node_modules"}, d.Name())) {
			return fs.SkipDir // not ours, or what a run made
		}
		if !slices.Contains([]string{".go", ".tmpl", ".sql", ".html", ".md", ".toml"}, filepath.Ext(path)) || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			if strings.Contains(line, "Deprecated (previously") { // a row of IANA's registry, which says so itself
				continue
			}
			for _, m := range citation.FindAllStringSubmatch(line, -1) {
				cited++
				n, _ := strconv.Atoi(m[1])
				if state.Documents[uint32(n)] == nil {
					t.Errorf("%s:%d cites RFC %d, which the index does not have", path, i+1, n)
				}
				newer := successors(state, n)
				if len(newer) > 0 && !slices.ContainsFunc(number.FindAllString(line, -1), func(s string) bool {
					beside, _ := strconv.Atoi(s)
					return slices.Contains(newer, beside)
				}) {
					t.Errorf("%s:%d cites RFC %d, which is obsoleted by RFC %d: cite that one, or both if this is history", path, i+1, n, newer)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if cited < 200 {
		t.Errorf("%d citations were found, want at least 200", cited)
	}
}
