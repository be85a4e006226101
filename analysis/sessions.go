package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var sessions = question(Question{
	Slug:    "sessions",
	Title:   "Which sessions to the collectors were lost?",
	Section: "Routing",
	Subject: "Updates",
	Tab:     "Lost sessions",
	RFCs:    []int{4271, 6396},
	Basis: Basis{
		AsOf: "update_day", Series: []string{"collector"}, Parts: []string{"peer_address", "peer_asn"},
		Known: "minutes_covered", Of: "minutes_of_day", Things: "minutes of the day", Remedy: "all update files of the day",
	},
	Datasets: []*table.Schema{datasets.UpdateStats.Schema, datasets.ASNames.Schema},
})
