package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var registryPools = question(Question{
	Slug:    "registry-pools",
	Title:   "What is left in the pools of the registries?",
	Section: "Routing",
	Subject: "Delegations",
	Tab:     "What is left",
	RFCs:    []int{7020, 7249},
	Basis: Basis{
		AsOf: "as_of", Series: []string{"registry", "resource"},
		Known: "registries_known", Of: "registries_of", Things: "registries", Remedy: "the extended delegation files of all five registries",
	},
	Datasets: []*table.Schema{datasets.Delegations.Schema},
	Chart:    &Chart{Kind: "line", X: "as_of", Y: "available", Series: "series", YName: "available"},
})
