package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcWatchedChanges = question(Question{
	Slug:     "rfc-watched-changes",
	Title:    "What happened to the watched RFCs?",
	Section:  "Standards",
	Subject:  "Changes",
	Tab:      "Watched RFCs",
	RFCs:     []int{6052, 8215, 6598, 6146, 6147, 6877, 7050, 8781, 8880, 9872, 8200, 4291, 6724, 8305, 4271, 6396, 8050, 6811, 7606, 6890},
	Basis:    Basis{AsOf: "until"},
	Datasets: []*table.Schema{datasets.RFCEvents.Schema},
})
