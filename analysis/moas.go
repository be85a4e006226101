package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var moas = question(Question{
	Slug:     "moas",
	Title:    "Which prefixes have several origins?",
	Section:  "Routing",
	RFCs:     []int{1930},
	Basis:    Basis{AsOf: "time"},
	Datasets: []*table.Schema{datasets.RouteStates.Schema},
})
