package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var unstablePrefixes = question(Question{
	Slug:    "unstable-prefixes",
	Title:   "Which prefixes change the most?",
	Section: "Routing",
	Subject: "Updates",
	Tab:     "Unstable prefixes",
	RFCs:    []int{4271, 2439},
	Basis: Basis{
		AsOf: "day", Series: []string{"measured"}, Parts: []string{"family", "prefix"},
		Known: "minutes_covered", Of: "minutes_of_day", Things: "minutes of the day", Remedy: "all update files of the day",
	},
	Datasets: []*table.Schema{datasets.Updates.Schema},
	Chart:    &Chart{Kind: "bar", X: "prefix", Y: "changes", YName: "announcements and withdrawals in the minutes covered"},
}, "update-window")
