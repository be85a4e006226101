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
	Basis:    Basis{AsOf: "time", Series: []string{"family"}, Parts: []string{"rov_state"}},
	Datasets: []*table.Schema{datasets.RouteStates.Schema},
	Figures: []Figure{
		{Label: "IPv4 routes ROV-valid", Column: "share", Unit: "%", Where: map[string]string{"family": "4"}, Count: map[string]string{"rov_state": "valid"}, Lead: true},
	},
	Chart: &Chart{Kind: "line", X: "time", Y: "share", Series: "series", YName: "share of routes"},
})
