package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var roaChanges = question(Question{
	Slug:    "roa-changes",
	Title:   "How fast do route origin authorisations change?",
	Section: "RPKI",
	Subject: "Route origin validation",
	Tab:     "Changes of ROAs",
	RFCs:    []int{6811, 9582, 8630},
	Basis: Basis{
		AsOf: "file_date", Series: []string{"source", "trust_anchor"}, Break: "break", Things: "payloads",
	},
	Datasets: []*table.Schema{datasets.ROAChanges.Schema},
	Chart:    &Chart{Kind: "line", X: "file_date", Y: "created", Series: "series", YName: "payloads created"},
})
