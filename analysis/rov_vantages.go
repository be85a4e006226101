package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rovVantages = question(Question{
	Slug:     "rov-vantages",
	Title:    "Which networks still carry ROV-invalid routes?",
	Section:  "Routing",
	RFCs:     []int{6811, 7454},
	Basis:    Basis{AsOf: "dump_time", Series: []string{"family", "collector"}, Parts: []string{"peer"}},
	Datasets: []*table.Schema{datasets.StateStats.Schema, datasets.ASNames.Schema},
	Chart:    &Chart{Kind: "bar", X: "peer", Y: "percent_invalid", YName: "percent of the routes"},
})
