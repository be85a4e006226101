package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcAge = question(Question{
	Slug:     "rfc-age",
	Title:    "How old are RFCs when they are obsoleted?",
	Section:  "Standards",
	Subject:  "Status and age",
	Tab:      "Age",
	RFCs:     []int{2026, 7322},
	Basis:    Basis{AsOf: "year"},
	Datasets: []*table.Schema{datasets.RFCs.Schema, datasets.RFCRelations.Schema},
	Chart:    &Chart{Kind: "line", X: "year", Y: "median_age", YName: "median age in years"},
}, "believed-indexes")
