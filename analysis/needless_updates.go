package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var needlessUpdates = question(Question{
	Slug:     "needless-updates",
	Title:    "How many updates change nothing?",
	Section:  "Routing",
	RFCs:     []int{4271},
	Basis:    Basis{AsOf: "update_day", Series: []string{"family", "collector"}},
	Datasets: []*table.Schema{datasets.UpdateStats.Schema},
	Chart:    &Chart{Kind: "line", X: "update_day", Y: "percent_needless", Series: "series", YName: "percent of the updates"},
})
