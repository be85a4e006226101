package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rovStates = question(Question{
	Slug:     "rov-states",
	Title:    "How many routes does route origin validation cover?",
	Section:  "Routing",
	RFCs:     []int{6811, 6483, 9582},
	Datasets: []*table.Schema{datasets.RouteStates.Schema},
	Figures: []Figure{
		{Label: "IPv4 routes ROV-valid", Lead: true},
	},
	Chart: &Chart{Kind: "line", X: "time", Y: "share", Series: "series", YName: "share of routes"},
})
