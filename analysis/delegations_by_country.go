package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var delegationsByCountry = question(Question{
	Slug:    "delegations-by-country",
	Title:   "Which countries do the registries delegate to each year?",
	Section: "Routing",
	Subject: "Delegations",
	Tab:     "By country",
	RFCs:    []int{7020, 7249},
	Basis: Basis{
		AsOf: "year", Series: []string{"resource", "country"}, Break: "break",
		Known: "registries_known", Of: "registries_of", Things: "registries", Remedy: "the delegation files of all five registries",
	},
	Datasets: []*table.Schema{datasets.Delegations.Schema},
	Chart:    &Chart{Kind: "line", X: "year", Y: "delegations", Series: "series", YName: "delegations", Headline: map[string]string{"resource": "ipv4"}},
})
