package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed rfc-age.sql
var rfcAgeSQL string

var rfcAge = &Question{
	Slug: "rfc-age", Title: "How old are RFCs when they are obsoleted?", Section: "Standards", RFCs: []int{2026, 7322},
	Datasets: []*table.Schema{datasets.RFCs.Schema, datasets.RFCRelations.Schema}, SQL: rfcAgeSQL,
	Definition: `Age in years of the RFCs that were obsoleted in a year: from the month of their publication to that of the first document that obsoletes them, as any snapshot of the index states it.`,
	Prose:      `{{$last := last .}}In {{$last.year}} {{num $last.rfcs}} RFCs were obsoleted; half of them were {{dec $last.median_age}} years old or older.`,
	Chart:      &Chart{Kind: "line", X: "year", Y: "median_age", YName: "median age in years"},
	Notes:      []string{"An obsoleted document is not unused: implementations follow at their own pace."},
}
