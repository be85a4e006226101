package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var delegationsByYear = question(Question{
	Slug:    "delegations-by-year",
	Title:   "How much do the registries delegate each year?",
	Section: "Routing",
	Subject: "Delegations",
	Tab:     "By year",
	RFCs:    []int{7020, 7249},
	Basis: Basis{
		AsOf: "as_of", Series: []string{"registry", "resource"}, Parts: []string{"year"},
		Known: "registries_known", Of: "registries_of", Things: "registries", Remedy: "the delegation files of all five registries",
	},
	Datasets: []*table.Schema{datasets.Delegations.Schema},
	Chart:    &Chart{Kind: "line", X: "year", Y: "delegations", Series: "series", YName: "delegations"},
})
