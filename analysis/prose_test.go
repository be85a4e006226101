package analysis

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

func TestProseFunctions(t *testing.T) {
	q := &Question{Basis: Basis{AsOf: "at", Series: []string{"s"}}}
	at := func(year int) time.Time { return time.Date(year, 2, 1, 8, 0, 0, 0, time.UTC) }
	result := &table.Result{Columns: []table.ResultColumn{{Name: "at", Type: table.Timestamp}, {Name: "n", Type: table.Int64}, {Name: "s", Type: table.String}},
		Rows: [][]any{{at(2019), int64(1200000), "a"}, {at(2020), int64(1234567), "a"}, {at(2020), int64(-12), "b"}, {nil, nil, "c"}}}
	for template, want := range map[string]string{
		`{{num (first (where "s" "a" .)).n}}`:              "1,200,000",
		`{{num (sum "n" (where "s" "b" .))}}`:              "-12",
		`{{num (sum "n" undated)}}`:                        "An unknown number",
		`{{pct 0.12345}}`:                                  "12.3 %",
		`{{pct (last undated).n}}`:                         "An unknown share",
		`{{pct (share 1 0)}}`:                              "An unknown share",
		`{{dec 1234.56}}`:                                  "1,234.6",
		`{{num (len (where "s" "a" .))}}`:                  "2",
		`{{(largest "n" .).s}}`:                            "a",
		`{{(newest .).s}}{{(oldest .).s}}`:                 "aa",
		`{{len .}} {{len undated}}`:                        "3 1",
		`{{when (newest .)}}`:                              "1 February 2020",
		`{{month (newest .).at}}`:                          "February 2020",
		`{{hour (newest .).at}}`:                           "1 February 2020 at 08:00 UTC",
		`{{range each "x" "y"}}{{.}} {{end}}`:              "x y",
		`{{count 0 "RFC was" "RFCs were"}}`:                "0 RFCs were",
		`{{count 1 "RFC was" "RFCs were"}}`:                "1 RFC was",
		`{{count (last undated).n "RFC was" "RFCs were"}}`: "An unknown number of RFCs were",
		`{{change "n" (newest .)}}`:                        "2.9 % more than on 1 February 2019",
		`{{change "n" (oldest .)}}`:                        "",
		`IPv{{id (first .).n}}`:                            "IPv1200000",
	} {
		got, err := fill(q, template+`{{with ""}}{{else}}{{with $x := when (newest .)}}{{end}}{{end}}`, result)
		if err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", template, got, err, want)
		}
	}
	for template, want := range map[string]string{
		`{{(first .).nothing}}`:   "nothing",
		`{{(first .).n}}`:         "without a format",
		`{{when (last undated)}}`: "no instant",
		`{{(first .).at}}`:        "without a format",
		`{{num (first .).n}}`:     "no day",
	} {
		if got, err := fill(q, template, result); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v, want an error with %q", template, got, err, want)
		}
	}
}

// Prose compares with a year before, unless a break or unknown rows lie between or there is none of that age.
func TestCompared(t *testing.T) {
	b := Basis{AsOf: "at", Series: []string{"s"}, Break: "break"}
	day := func(text, broken string) row {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return row{"at": stamp{at}, "s": "a", "break": broken}
	}
	other := day("2024-01-03", "")
	other["s"] = "b"
	for name, test := range map[string]struct {
		rows []row // the last one is compared
		want string
	}{
		"a year before":        {[]row{day("2023-01-01", ""), day("2024-01-01", ""), day("2024-12-31", ""), day("2025-01-01", "")}, "2024-01-01"},
		"the newest of a year": {[]row{day("2023-12-20", ""), day("2024-01-10", ""), day("2024-12-31", ""), day("2025-01-01", "")}, "2024-01-10"},
		"a break between":      {[]row{day("2024-01-01", ""), day("2024-06-01", "moved"), day("2024-12-31", ""), day("2025-01-01", "")}, "2024-12-31"},
		"a break now":          {[]row{day("2024-01-01", ""), day("2025-01-01", "moved")}, ""},
		"a gap":                {[]row{day("2022-01-01", ""), day("2024-12-31", ""), day("2025-01-01", "")}, "2024-12-31"},
		"years apart":          {[]row{day("2019-01-01", ""), day("2025-01-01", "")}, "2019-01-01"},
		"a younger series":     {[]row{day("2024-12-30", ""), day("2024-12-31", ""), day("2025-01-01", "")}, "2024-12-31"},
		"another series":       {[]row{other, day("2025-01-01", "")}, ""},
		"nothing before":       {[]row{day("2025-01-01", "")}, ""},
	} {
		before, why := b.compared(test.rows, test.rows[len(test.rows)-1])
		got := ""
		if before != nil {
			got = b.instant(before).day()
		}
		if got != test.want || (why == "") != (got != "") {
			t.Errorf("%s: compared with %q (%s), want %q", name, got, why, test.want)
		}
	}
}

// Words that a text must not have, with what is wrong.
var badWords = map[string]*regexp.Regexp{
	"a gap":                        regexp.MustCompile(`<no value>|NaN|Inf|%!|<nil>|\(\)|“”`),
	"a plural after 1":             regexp.MustCompile(`(^|[^\d,.])1 (prefixes|routes|ASes|domains|RFCs|peers|events|errata|entries|hosts|records|addresses|pairs|dumps|jumps|blocks|sessions|announcements|withdrawals|files|findings) `),
	"two marks in a row":           regexp.MustCompile(`[,;.] ?[,;.]`),
	"a space before a mark":        regexp.MustCompile(` [,;.]`),
	"a number after a date":        regexp.MustCompile(`\d{4} \d`),
	"no full stop":                 regexp.MustCompile(`[^.]$`),
	"two articles":                 regexp.MustCompile(`\b(a|an|the) (a|an|the) `),
	"an unknown number of nothing": regexp.MustCompile(`(?i)an unknown number of ([.,;%]|(of|on|in|at|and|was|were|would|could|had|more|only)\b)|an unknown number (%|[a-z]{4,}(s|es)\b)`),
	"a small letter after a stop":  regexp.MustCompile(`\. [a-wyz]`),
	"a negative zero":              regexp.MustCompile(`-0(\.0)?\b`),
}

const maxLeadWords = 30

// TestWords executes every lead and prose over rows with 0, 1, 2, many, unknown, negative and huge numbers, with and without
// a day, and looks for what a reader would stumble over.
func TestWords(t *testing.T) {
	e, err := engine.Open(tables.Store(t), datasets.All(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, q := range Questions() {
		if found := uncertainRow.FindString(q.Lead + q.Prose); found != "" {
			t.Errorf("%s: %s… without asking whether there is one", q.Slug, found)
		}
		empty, err := e.Query(t.Context(), q.SQL)
		if err != nil {
			t.Fatal(err)
		}
		for _, rows := range []int{1, 2, 5} {
			for name, number := range map[string]any{"0": 0.0, "1": 1.0, "2": 2.0, "many": 1234567.0, "a share": 0.25, "unknown": nil, "negative": -3.0, "huge": 1e15} {
				for _, undated := range []bool{false, true} {
					result := &table.Result{Columns: empty.Columns, Rows: syntheticRows(q, empty.Columns, rows, number, undated)}
					checkWords(t, fmt.Sprintf("%s, %d rows, %s, undated %v", q.Slug, rows, name, undated), q, result)
				}
			}
		}
	}
}

// uncertainRow is a row that is picked out of those with a value as if there had to be one: first and last fail on the day on which the
// answer has none, and the columns of the others do. The rows of this test have every value, so it would not notice. What is right is
// {{with where …}}{{first .}}, and {{with newest (where …)}}.
var uncertainRow = regexp.MustCompile(`\b(?:first|last) \(where |\((?:newest|oldest|largest "\w+") \(where `)

func checkWords(t *testing.T, name string, q *Question, result *table.Result) {
	t.Helper()
	if len(q.Basis.newestRows(rowsOf(result))) == 0 {
		return // answer makes no sentence
	}
	lead, err := fill(q, q.Lead, result)
	if err != nil {
		t.Errorf("%s: lead: %v", name, err)
		return
	}
	prose, err := fill(q, q.Prose, result)
	if err != nil {
		t.Errorf("%s: prose: %v", name, err)
	}
	if n := len(strings.Fields(lead)); n > maxLeadWords {
		t.Errorf("%s: the lead has %d words: %s", name, n, lead)
	}
	if lead == "" {
		t.Errorf("%s: no lead", name)
	}
	for what, pattern := range badWords {
		for _, text := range []string{lead, prose} {
			if text != "" && pattern.MatchString(text) {
				t.Errorf("%s: %s: %s", name, what, text)
			}
		}
	}
	for _, f := range q.Figures {
		figureOf(q, f, result)
	}
}

var constants = regexp.MustCompile(`where "([a-z_]+)" "([^"]+)"`)

// syntheticRows returns rows whose numbers are all the same, and whose texts are those that the templates ask for.
func syntheticRows(q *Question, columns []table.ResultColumn, n int, number any, undated bool) (rows [][]any) {
	wanted := map[string][]string{}
	for _, m := range constants.FindAllStringSubmatch(q.Lead+q.Prose, -1) {
		wanted[m[1]] = append(wanted[m[1]], m[2])
	}
	for i := range n {
		var row []any
		for _, c := range columns {
			row = append(row, syntheticCell(q, c, i, number, undated, wanted[c.Name]))
		}
		rows = append(rows, row)
	}
	return rows
}

func syntheticCell(q *Question, c table.ResultColumn, i int, number any, undated bool, wanted []string) any {
	at := time.Date(2020, 2, 1+i, 8, 0, 0, 0, time.UTC)
	if undated && i%2 == 0 {
		at = time.Time{}
	}
	if c.Name == q.Basis.AsOf {
		switch {
		case at.IsZero() && c.Type == table.String:
			return "not told"
		case at.IsZero():
			return nil
		case c.Type == table.String:
			return "2020"
		case c.Type == table.Int64:
			return int64(2020)
		}
		return at
	}
	if c.Name == q.Basis.Break && i > 0 {
		return "" // so that there is a change to tell
	}
	switch c.Type {
	case table.Int64, table.Uint32:
		if c.Name == "family" {
			return int64(4 + 2*(i%2))
		}
		if f, ok := number.(float64); ok {
			return int64(f)
		}
		return nil
	case table.Float64:
		return number
	case table.Timestamp, table.Date:
		return time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
	case table.Bool:
		return i%2 == 0
	case table.Strings:
		return []string{"x"}
	}
	if len(wanted) > 0 {
		return wanted[i%len(wanted)]
	}
	return "x"
}
