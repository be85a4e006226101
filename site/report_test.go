package site

import (
	"testing"
	"time"

	"tidemark/analysis/report"
)

// TestReportCharts: the chart of a year's report has the points of that report, and not those of another year, which may be of another
// collector.
func TestReportCharts(t *testing.T) {
	var reports []*report.Report
	for _, year := range []int{2014, 2024} {
		at := time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC)
		reports = append(reports, &report.Report{Year: year, Sections: []report.Section{
			{Slug: "table", Title: "The table", Plot: &report.Plot{Unit: "prefixes", Points: []report.Point{{Time: at, Series: "IPv4", Value: float64(year)}}}},
			{Slug: "paths", Title: "Paths"},
		}})
	}
	drawn := plotted(reports)
	if len(drawn) != len(reports) {
		t.Fatalf("%d charts of %d reports", len(drawn), len(reports))
	}
	for i, r := range reports {
		rows := drawn[i].Result.Rows
		if drawn[i].Question.Slug != plotSlug(r.Year, "table") || len(rows) != 1 || rows[0][0].(time.Time).Year() != r.Year {
			t.Errorf("report of %d: chart %s has %v", r.Year, drawn[i].Question.Slug, rows)
		}
	}
}
