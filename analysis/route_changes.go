package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var routeChanges = question(Question{
	Slug:     "route-changes",
	Title:    "How often do prefixes change their origin?",
	Section:  "Routing",
	RFCs:     []int{4271, 6811},
	Basis:    Basis{AsOf: "time", Series: []string{"family"}, Parts: []string{"change"}},
	Datasets: []*table.Schema{datasets.RouteStates.Schema},
	Chart:    &Chart{Kind: "stacked", X: "time", Y: "routes", Series: "series", YName: "new pairs of prefix and origin"},
})
