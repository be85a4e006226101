package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed rfc-errata.sql
var rfcErrataSQL string

var rfcErrata = &Question{
	Slug: "rfc-errata", Title: "How many errata are reported, and what becomes of them?", Section: "Standards", RFCs: []int{2026},
	Datasets: []*table.Schema{datasets.RFCErrata.Schema}, SQL: rfcErrataSQL,
	Definition: `Errata of the newest list by the year in which they were reported and what was judged of them: verified, held for an update of the document, rejected, or reported and not judged yet.`,
	Prose:      `{{$last := last .}}The list of {{day $last.snapshot_date}} has {{num (sum "errata" .)}} errata; {{num (sum "errata" (where "status" "reported" .))}} wait for a verdict.`,
	Chart:      &Chart{Kind: "stacked", X: "year", Y: "errata", Series: "status", YName: "errata"},
}
