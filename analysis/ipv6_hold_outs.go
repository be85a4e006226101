package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6HoldOuts = question(Question{
	Slug:      "ipv6-hold-outs",
	Title:     "Which of the largest networks announce no IPv6?",
	Section:   "Routing",
	Subject:   "IPv6 in the table",
	Tab:       "Without IPv6",
	RFCs:      []int{8200, 4271},
	Basis:     Basis{AsOf: "time", Parts: []string{"network"}},
	Continued: &Continuation{Newest: true, Whole: []*table.Schema{datasets.ASNames.Schema}},
	Datasets:  []*table.Schema{datasets.ASRegistrations.Schema, datasets.ASTopologies.Schema, datasets.ASNames.Schema},
})
