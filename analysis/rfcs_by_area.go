package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed rfcs-by-area.sql
var rfcsByAreaSQL string

var rfcsByArea = &Question{
	Slug: "rfcs-by-area", Title: "Which areas of the IETF do RFCs come from?", Section: "Standards", RFCs: []int{8729},
	Datasets: []*table.Schema{datasets.RFCs.Schema}, SQL: currentRFCsSQL + rfcsByAreaSQL,
	Definition: `RFCs of the newest index snapshot by the area that the index names, and of those the ones that were published in its year or the five before it. Documents without an area are left out.`,
	Prose:      `{{with first .}}Most, {{num .rfcs}}, come from the area {{.area}}.{{end}}`,
	Chart:      &Chart{Kind: "bar", X: "area", Y: "rfcs", YName: "RFCs"},
	Notes:      []string{"Areas were merged and renamed over the years; the index names a document\u2019s area as it was."},
}
