package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcChanges = question(Question{
	Slug:     "rfc-changes",
	Title:    "What changed between snapshots of the RFC index?",
	Section:  "Standards",
	Subject:  "Changes",
	Tab:      "Between indexes",
	RFCs:     []int{2026, 7322},
	Basis:    Basis{AsOf: "as_of", Parts: []string{"kind"}},
	Datasets: []*table.Schema{datasets.RFCEvents.Schema, datasets.RFCs.Schema},
	Chart:    &Chart{Kind: "stacked", X: "snapshot", Y: "events", Series: "kind", YName: "events"},
})
