package analysis

import (
	"strings"
	"testing"
	"time"

	"tidemark/datasets/table"
)

// TestFigureOf: a figure is compared only within its series, across no break, and shown only if enough is known.
func TestFigureOf(t *testing.T) {
	q := &Question{Basis: Basis{AsOf: "at", Series: []string{"family", "collector"}, Parts: []string{"state"}, Break: "break", Known: "known", Of: "routes", Things: "routes", Feeds: "feeds", Remedy: "payloads of that day"}}
	f := Figure{Label: "Valid", Column: "share", Unit: "%", Where: map[string]string{"family": "4"}, Count: map[string]string{"state": "valid"}}
	day := func(n int) time.Time { return time.Date(2020, 1, n, 0, 0, 0, 0, time.UTC) }
	columns := []table.ResultColumn{{Name: "at", Type: table.Timestamp}, {Name: "family", Type: table.Int64}, {Name: "collector", Type: table.String}, {Name: "state", Type: table.String},
		{Name: "share", Type: table.Float64}, {Name: "known", Type: table.Int64}, {Name: "routes", Type: table.Int64}, {Name: "break", Type: table.String}, {Name: "feeds", Type: table.Int64}}
	row := func(n int, collector, state string, share any, known int64, why string) []any {
		return []any{day(n), int64(4), collector, state, share, known, int64(1000), why, int64(7)}
	}
	for name, test := range map[string]struct {
		rows          [][]any
		value         string
		withheld      string
		changed       string
		notComparable string
		history       int
	}{
		"two days":          {rows: [][]any{row(1, "a", "valid", 0.5, 1000, ""), row(2, "a", "valid", 0.52, 1000, "")}, value: "52.0 %", changed: "+2.0 points", history: 2},
		"another collector": {rows: [][]any{row(1, "a", "valid", 0.5, 1000, ""), row(2, "b", "valid", 0.52, 1000, "")}, value: "52.0 %", history: 1},
		"a break": {rows: [][]any{row(1, "a", "valid", 0.5, 1000, ""), row(2, "a", "valid", 0.52, 1000, "source: pyasn to rib")}, value: "52.0 %",
			notComparable: "source: pyasn to rib", history: 1},
		"nothing of the state": {rows: [][]any{row(2, "a", "not-found", 1.0, 1000, "")}, value: "0 %", history: 1},
		"unknown now": {rows: [][]any{row(1, "a", "valid", 0.5, 1000, ""), row(2, "a", "valid", 0.03, 30, "")},
			withheld: "970 of 1,000 routes are unknown. To know them, collect payloads of that day."},
		"unknown before":   {rows: [][]any{row(1, "a", "valid", 0.5, 900, ""), row(2, "a", "valid", 0.52, 1000, "")}, value: "52.0 %", notComparable: "too many unknown routes", history: 1},
		"just enough":      {rows: [][]any{row(2, "a", "valid", 0.52, 950, "")}, value: "52.0 %", history: 1},
		"an unknown share": {rows: [][]any{row(2, "a", "valid", nil, 1000, "")}, withheld: "Its value is not known."},
	} {
		got := figureOf(q, f, &table.Result{Columns: columns, Rows: test.rows})
		if got == nil {
			t.Errorf("%s: no figure", name)
			continue
		}
		if got.Text() != test.value {
			t.Errorf("%s: value %q, want %q", name, got.Text(), test.value)
		}
		if !strings.HasPrefix(got.Withheld, test.withheld) || got.Withheld != "" && test.withheld == "" {
			t.Errorf("%s: withheld %q, want %q", name, got.Withheld, test.withheld)
		}
		if got.Changed() != test.changed {
			t.Errorf("%s: changed %q, want %q", name, got.Changed(), test.changed)
		}
		if got.Change != nil && got.Change.NotComparable != test.notComparable {
			t.Errorf("%s: not comparable %q, want %q", name, got.Change.NotComparable, test.notComparable)
		}
		if len(got.History) != test.history {
			t.Errorf("%s: history %v, want %d points", name, got.History, test.history)
		}
		if got.AsOf != "2020-01-02" {
			t.Errorf("%s: as of %s", name, got.AsOf)
		}
	}
	if got := figureOf(q, f, &table.Result{Columns: columns, Rows: [][]any{{day(1), int64(6), "a", "valid", 0.5, int64(1), int64(1), "", int64(7)}}}); got != nil {
		t.Errorf("a figure of IPv4 over IPv6 rows: %+v", got)
	}
}

func TestDifference(t *testing.T) {
	for _, test := range []struct {
		before, now float64
		share       bool
		want        string
	}{
		{100, 104, false, "+4 (+4.0 %)"}, {1000000, 958000, false, "−42,000 (−4.2 %)"}, {0, 5, false, "+5"}, {5, 5, false, ""},
		{0.5, 0.513, true, "+1.3 points"}, {0.5, 0.5001, true, ""}, {-2, 3, false, "+5"},
	} {
		if got := difference(test.before, test.now, test.share); got != test.want {
			t.Errorf("%v to %v: %q, want %q", test.before, test.now, got, test.want)
		}
	}
}

// TestYearly: a yearly figure is compared with that of a year before and not with the last one, and not across a break.
func TestYearly(t *testing.T) {
	columns := []table.ResultColumn{{Name: "day", Type: table.Date}, {Name: "some", Type: table.Int64}, {Name: "all", Type: table.Int64}, {Name: "break"}}
	at := func(year, month int) time.Time { return time.Date(year, time.Month(month), 1, 0, 0, 0, 0, time.UTC) }
	rows := [][]any{{at(2022, 6), int64(5), int64(100), ""}, {at(2023, 6), int64(10), int64(100), ""}, {at(2024, 6), int64(20), int64(100), ""}, {at(2024, 12), nil, int64(100), ""},
		{at(2025, 1), int64(25), int64(100), ""}, {at(2025, 6), int64(40), int64(100), ""}}
	f := Figure{Column: "some", Over: "all", Unit: "%"}
	a := &Answer{Question: &Question{Basis: Basis{AsOf: "day", Break: "break"}}, Result: &table.Result{Columns: columns, Rows: rows}}
	got := a.Yearly(f)
	if got.Text() != "40.0 %" || got.Change == nil || got.Change.Since != "2024-06-01" || *got.Change.Before != 0.2 || len(got.History) != 4 {
		t.Errorf("%s, %+v, %+v", got.Text(), got.Change, got.History)
	}
	rows[4][3] = "another source"
	if got = a.Yearly(f); got.Change != nil || len(got.History) != 1 {
		t.Errorf("across a break: %+v, %+v", got.Change, got.History)
	}
	rows[5][2] = int64(0)
	if got = a.Yearly(f); got.Value != nil || got.Withheld == "" {
		t.Errorf("of nothing: %+v", got)
	}
}
