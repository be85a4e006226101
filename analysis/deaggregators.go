package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var deaggregators = question(Question{
	Slug:     "deaggregators",
	Title:    "Which networks announce more than they need?",
	Section:  "Routing",
	RFCs:     []int{4632},
	Basis:    Basis{AsOf: "dump_time", Series: []string{"family", "collector"}, Parts: []string{"origin"}},
	Datasets: []*table.Schema{datasets.Aggregations.Schema, datasets.ASNames.Schema},
	Chart:    &Chart{Kind: "bar", X: "origin", Y: "reduction", Series: "family", YName: "prefixes that could be saved"},
})
