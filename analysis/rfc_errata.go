package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcErrata = question(Question{
	Slug:     "rfc-errata",
	Title:    "How many errata are reported, and what becomes of them?",
	Section:  "Standards",
	Subject:  "Errata",
	Tab:      "Reports",
	RFCs:     []int{2026},
	Basis:    Basis{AsOf: "as_of", Parts: []string{"year", "status"}},
	Datasets: []*table.Schema{datasets.RFCErrata.Schema},
	Chart:    &Chart{Kind: "stacked", X: "year", Y: "errata", Series: "status", YName: "errata"},
})
