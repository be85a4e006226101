package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var transfersByYear = question(Question{
	Slug:    "transfers-by-year",
	Title:   "How much space changes hands?",
	Section: "Routing",
	Subject: "Delegations",
	Tab:     "Transfers",
	RFCs:    []int{7020},
	Basis: Basis{
		AsOf: "as_of", Series: []string{"resource", "source_rir", "recipient_rir", "transfer_type"}, Parts: []string{"year"},
		Known: "registries_known", Of: "registries_of", Things: "registries", Remedy: "the transfer logs of all five registries",
	},
	Datasets: []*table.Schema{datasets.Transfers.Schema},
})
