package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var updatesByPeer = question(Question{
	Slug:    "updates",
	Title:   "How much does the table change?",
	Section: "Routing",
	Subject: "Updates",
	Tab:     "Volume",
	RFCs:    []int{4271},
	Basis: Basis{
		AsOf: "day", Series: []string{"collector", "family"},
		Known: "minutes_covered", Of: "minutes_of_day", Things: "minutes of the day", Remedy: "all update files of the day",
	},
	Datasets: []*table.Schema{datasets.Updates.Schema},
	Chart:    &Chart{Kind: "bar", X: "day", Y: "announcements", Series: "series", YName: "announcements in the minutes covered"},
}, "update-window")
