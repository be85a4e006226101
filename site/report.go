package site

import (
	"fmt"
	"slices"

	"tidemark/analysis"
	"tidemark/analysis/report"
	"tidemark/datasets/table"
	"tidemark/site/chart"
	"tidemark/site/format"
	"tidemark/site/publish"
)

// newestFirst returns what a table of a report has of its three years, and their growth behind them, with the newest year first: it is
// what a phone shows beside the names.
func newestFirst(years []string) []string {
	var all []string
	for three := range slices.Chunk(years, 3) {
		for _, cell := range slices.Backward(three) {
			all = append(all, cell)
		}
	}
	return all
}

// reportView is the page of a year's report.
type reportView struct {
	*report.Report
	Charts        map[string]*chart.Chart // by the slug of the section
	Tables        map[string][]tableView  // of its lists, likewise
	Before, After string                  // paths of the reports of the years beside it; empty: none
	Provenance    *provenance
}

// Lead returns the first sentence about the table; "" if the data have no table that ends the year.
func (v reportView) Lead() string {
	for _, s := range v.Sections {
		if s.Slug == "table" {
			lead, _ := format.Lead(s.Text)
			return lead
		}
	}
	return ""
}

// Told returns the sections that have a sentence about the year.
func (v reportView) Told() []report.Section {
	return slices.DeleteFunc(slices.Clone(v.Sections), func(s report.Section) bool { return s.Text == "" })
}

// Untold returns the others.
func (v reportView) Untold() []report.Section {
	return slices.DeleteFunc(slices.Clone(v.Sections), func(s report.Section) bool { return s.Text != "" })
}

func reportPath(year int) string { return fmt.Sprintf("report/%d.html", year) }

// plotted returns what charts draw of the reports' plots, as answers without a page of their own.
func plotted(reports []*report.Report) (all []*analysis.Answer) {
	for _, r := range reports {
		for _, s := range r.Sections {
			if s.Plot == nil || len(s.Plot.Points) == 0 {
				continue
			}
			c := &analysis.Chart{Kind: "line", X: "time", Y: "value", Series: "series", YName: s.Plot.Unit, Log: s.Plot.Log}
			x := table.ResultColumn{Name: "time", Type: table.Timestamp}
			if s.Plot.Bars {
				c.Kind, c.X, x = "bar", "figure", table.ResultColumn{Name: "figure", Type: table.String}
			}
			result := &table.Result{Columns: []table.ResultColumn{x, {Name: "series", Type: table.String}, {Name: "value", Type: table.Float64}}}
			for _, p := range s.Plot.Points {
				at := any(p.Time)
				if s.Plot.Bars {
					at = p.Name
				}
				result.Rows = append(result.Rows, []any{at, p.Series, p.Value})
			}
			all = append(all, &analysis.Answer{Question: &analysis.Question{Slug: plotSlug(r.Year, s.Slug), Title: fmt.Sprintf("%s: %s", r.Title(), s.Title), Chart: c}, Result: result, From: r.From})
		}
	}
	return all
}

func plotSlug(year int, section string) string { return fmt.Sprintf("report-%d-%s", year, section) }

// reportPages returns the page of each report, and writes its list of sources.
func reportPages(f *facts, stage *publish.Stage) (pages []*page, err error) {
	for i, r := range f.Reports {
		v := reportView{Report: r, Charts: map[string]*chart.Chart{}, Tables: map[string][]tableView{}}
		for _, s := range r.Sections {
			v.Charts[s.Slug] = f.plots[plotSlug(r.Year, s.Slug)]
			for i, l := range s.Lists {
				v.Tables[s.Slug] = append(v.Tables[s.Slug], f.tableOfTexts(fmt.Sprintf("%s-%d", s.Slug, i+1), l.Title, l.Columns, l.Rows))
			}
		}
		if i > 0 {
			v.Before = reportPath(f.Reports[i-1].Year)
		}
		if i+1 < len(f.Reports) {
			v.After = reportPath(f.Reports[i+1].Year)
		}
		if v.Provenance, err = f.provenanceOf(r.From, fmt.Sprintf("%sreport-%d.sources.csv", latestFolder, r.Year), stage); err != nil {
			return nil, fmt.Errorf("report of %d: %w", r.Year, err)
		}
		pages = append(pages, &page{frame: f.frame, Path: reportPath(r.Year), Nav: "Routing", Body: "report.html", Scripts: []string{tableScript}, Title: r.Title(), AsOf: newestOf(r.From), Data: v,
			Description: fmt.Sprintf("The routing table and its updates in %d, beside the two years before.", r.Year)})
	}
	return pages, nil
}
