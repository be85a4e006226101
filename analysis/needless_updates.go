package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var needlessUpdates = question(Question{
	Slug:    "needless-updates",
	Title:   "How many updates change nothing?",
	Section: "Routing",
	Subject: "Updates",
	Tab:     "Needless",
	RFCs:    []int{4271},
	Basis: Basis{
		AsOf: "update_day", Series: []string{"family", "collector"},
		Known: "minutes_covered", Of: "minutes_of_day", Things: "minutes of the day", Remedy: "all update files of the day",
	},
	Datasets: []*table.Schema{datasets.UpdateStats.Schema},
	Chart:    &Chart{Kind: "line", X: "update_day", Y: "percent_needless", Series: "series", YName: "percent of the updates"},
})
