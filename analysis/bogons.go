package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var bogons = question(Question{
	Slug:     "bogons",
	Title:    "Which bogons are seen, and by whom?",
	Section:  "Routing",
	RFCs:     []int{6890, 8190, 6598, 6052, 8215, 5398, 6996, 7607},
	Basis:    Basis{AsOf: "time"},
	Datasets: []*table.Schema{datasets.RouteStates.Schema},
})
