package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var malformedUpdates = question(Question{
	Slug:    "malformed-updates",
	Title:   "Who sends malformed updates?",
	Section: "Routing",
	Subject: "Updates",
	Tab:     "Malformed",
	RFCs:    []int{7606, 4271, 7607},
	Basis: Basis{
		AsOf: "update_day", Series: []string{"collector"}, Parts: []string{"peer_address", "peer_asn", "attribute", "fault", "handling"},
		Known: "minutes_covered", Of: "minutes_of_day", Things: "minutes of the day", Remedy: "all update files of the day",
	},
	Datasets: []*table.Schema{datasets.UpdateErrors.Schema, datasets.UpdateStats.Schema, datasets.ASNames.Schema},
})
