package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var bogonCount = question(Question{
	Slug:     "bogon-count",
	Title:    "Are there fewer bogons over time?",
	Section:  "Routing",
	RFCs:     []int{6890, 8190},
	Basis:    Basis{AsOf: "time", Parts: []string{"bogon_class"}},
	Datasets: []*table.Schema{datasets.RouteStates.Schema},
	Figures: []Figure{
		{Label: "Bogon routes", Column: "routes", Unit: "routes"},
	},
	Chart: &Chart{Kind: "stacked", X: "time", Y: "routes", Series: "bogon_class", YName: "bogon routes"},
})
