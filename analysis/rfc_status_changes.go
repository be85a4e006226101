package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcStatusChanges = question(Question{
	Slug:     "rfc-status-changes",
	Title:    "How long do RFCs stay in a status?",
	Section:  "Standards",
	Subject:  "Status and age",
	Tab:      "Status",
	RFCs:     []int{2026, 6410},
	Basis:    Basis{AsOf: "as_of"},
	Datasets: []*table.Schema{datasets.RFCEvents.Schema, datasets.RFCs.Schema},
})
