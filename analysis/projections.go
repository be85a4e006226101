package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed projections.sql
var projectionsSQL string

var projections = &Question{
	Slug: "projections", Title: "How large will the table be, if it goes on like this?", Section: "Routing", RFCs: []int{4271},
	Datasets: []*table.Schema{datasets.TableStats.Schema}, SQL: projectionsSQL,
	Definition: `Least-squares fits of the number of prefixes over time, for series of five dumps or more: a line, a parabola, and a line through the logarithms. The error is the root of the mean square difference from the dumps over their mean. What they say of one year and of five years after the newest dump are projections, not data, and are drawn nowhere.`,
	Prose:      `{{with first .}}Best, to {{dec .percent_error}} %, fits {{.series}} a {{.model}} model; it gives {{num .in_a_year}} prefixes a year after {{day .until}}.{{end}}`,
	Notes:      []string{"A good fit of the past is no forecast: address policy, prices and filters change."},
}
