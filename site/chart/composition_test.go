package chart

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/analysis"
	"tidemark/datasets/table"
)

// composed returns the answer of shares, or of counts, of two families on some days of January 2025.
func composed(days []int, counts bool) *analysis.Answer {
	var rows [][]any
	for _, day := range slices.Backward(days) {
		for _, family := range []int64{4, 6} {
			for i, state := range []string{"valid", "not-found", "unknown"} {
				share := []float64{0.5, 0.3, 0.2}[i]
				if counts {
					share *= 40
				}
				rows = append(rows, []any{date(2025, 1, day), state, share, family, ""})
			}
		}
	}
	a := with(answerOf("stacked", table.Date, rows), func(c *analysis.Chart) {
		c.Share, c.Whole, c.Panels, c.Break = !counts, counts, []string{"family"}, "break"
	})
	a.Result.Columns = append(a.Result.Columns, table.ResultColumn{Name: "family", Type: table.Int64}, table.ResultColumn{Name: "break"})
	return a
}

var pieces = regexp.MustCompile(`<path d="([^"]*)" fill="[^"]*" stroke="#ffffff"`)

// TestAreas: shares over more than three dates are areas, a panel a family; fewer are a bar each, the newest first.
func TestAreas(t *testing.T) {
	for _, counts := range []bool{false, true} {
		d, svg := drawn(t, composed([]int{1, 2, 3, 4, 5}, counts))
		if n := len(pieces.FindAllString(svg, -1)); n != 6 {
			t.Errorf("%d areas, want 3 of each family:\n%s", n, svg)
		}
		for _, want := range []string{">IPv4</text>", ">IPv6</text>", ">100 %</text>", `fill="url(#unknown)"`} {
			if !strings.Contains(svg, want) {
				t.Errorf("the areas lack %s:\n%s", want, svg)
			}
		}
		for _, want := range []string{`"titles":["IPv4","IPv6"],"of":[0,0,0,1,1,1],"whole":true`, `"stack":"whole IPv6"`} {
			if !strings.Contains(contentOf(t, d), want) {
				t.Errorf("the live chart lacks %s: %s", want, contentOf(t, d))
			}
		}
		if names := fmt.Sprint(d.Tools.Keys); names != "[{valid  bar 0 2} {not-found  bar 1 0} {unknown  hatched 2 6}]" || len(d.Tools.Facets) != 1 {
			t.Errorf("keys %s, facets %+v", names, d.Tools.Facets)
		}
		p := plotted(t, composed([]int{1, 2, 3}, counts))
		if p.Kind != "stacked" || p.overTime || len(p.series) != 3 || strings.Join(p.categories[:3], "; ") != "IPv4, 2025-01-03; IPv6, 2025-01-03; IPv4, 2025-01-02" || *p.series[0].points[0].y != 50 {
			t.Errorf("three dates: %s of %q, %+v", p.Kind, p.categories, p.series)
		}
	}
}

// TestHoles: nothing is drawn where a day is missing or unknown, and a day between two holes is a bar.
func TestHoles(t *testing.T) {
	a := composed([]int{1, 2, 3, 5, 7, 8, 9, 10, 11}, false)
	for _, row := range a.Result.Rows {
		if row[0].(time.Time).Day() == 10 && row[1] == "unknown" && row[3] == int64(4) {
			row[2] = nil
		}
	}
	p := plotted(t, a)
	if got := fmt.Sprint(p.runs(p.parts("IPv4")), p.runs(p.parts("IPv6"))); got != "[[0 3] [4 5] [6 9] [10 11]] [[0 3] [4 5] [6 11]]" {
		t.Errorf("runs %s", got)
	}
	d, svg := drawn(t, a)
	if n := len(pieces.FindAllString(svg, -1)); n != 12 {
		t.Errorf("%d areas, want 12:\n%s", n, svg)
	}
	if n := strings.Count(svg, ` width="3" `); n != 9 {
		t.Errorf("%d bars of single days, want 9:\n%s", n, svg)
	}
	if n := strings.Count(contentOf(t, d), `"hole":true`); n != 12 {
		t.Errorf("%d holes in the live chart, want 2 in each of 6 parts: %s", n, contentOf(t, d))
	}

	// Ten years of days but one: the drawing has fewer dates, and still the hole.
	var rows [][]any
	for n := range 3650 {
		if n != 2000 {
			rows = append(rows, []any{date(2015, 1, 1).AddDate(0, 0, n), "valid", 0.25}, []any{date(2015, 1, 1).AddDate(0, 0, n), "not-found", 0.75})
		}
	}
	p = plotted(t, with(answerOf("stacked", table.Date, rows), func(c *analysis.Chart) { c.Share = true }))
	if len(p.notes) != 1 || !strings.Contains(p.notes[0], "of 3,649 dates") {
		t.Errorf("notes %q", p.notes)
	}
	if n := len(p.static().series[0].points); n > maxStaticDates+10 || n < maxStaticDates/2 {
		t.Errorf("the drawing has %d dates", n)
	}
	_, svg = drawn(t, with(answerOf("stacked", table.Date, rows), func(c *analysis.Chart) { c.Share = true }))
	if n := len(pieces.FindAllString(svg, -1)); n != 4 {
		t.Errorf("%d areas around the missing day, want 4", n)
	}
}

// TestPartWithoutRow: a part without a row is 0 where the others are the whole, and unknown where they are not.
func TestPartWithoutRow(t *testing.T) {
	var rows [][]any
	for day := 1; day <= 5; day++ {
		rows = append(rows, []any{date(2025, 1, day), "valid", 0.6}, []any{date(2025, 1, day), "not-found", 0.4})
	}
	rows[3][2] = 0.2
	rows = slices.Delete(rows, 2, 3)                                         // of the second day, 0.2 are left
	rows = append(rows[:len(rows)-2], []any{date(2025, 1, 5), "valid", 1.0}) // of the fifth, all
	p := plotted(t, with(answerOf("stacked", table.Date, rows), func(c *analysis.Chart) { c.Share = true }))
	if got := fmt.Sprint(p.runs(p.parts(""))); got != "[[0 1] [2 5]]" {
		t.Errorf("runs %s", got)
	}
}

// TestLimitPanels: a chart with more panels than readers can follow leaves no family out.
func TestLimitPanels(t *testing.T) {
	p := &plot{}
	for _, family := range []string{"IPv4", "IPv6"} {
		for peer := range 10 {
			p.series = append(p.series, series{name: "valid", panel: fmt.Sprintf("%s, peer %d", family, peer)})
		}
	}
	p.limitPanels()
	titles := p.titles()
	if len(titles) != 8 || titles[3] != "IPv4, peer 3" || titles[4] != "IPv6, peer 0" || p.notes[0] != "The chart shows 8 of 20 panels, the first of each family; the table has all of them." {
		t.Errorf("panels %q, notes %q", titles, p.notes)
	}
}
