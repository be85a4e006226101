package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var originChanges = question(Question{
	Slug:     "origin-changes",
	Title:    "What is new in the table?",
	Section:  "Routing",
	RFCs:     []int{4271, 6811},
	Basis:    Basis{AsOf: "time"},
	Datasets: []*table.Schema{datasets.RouteStates.Schema},
})
