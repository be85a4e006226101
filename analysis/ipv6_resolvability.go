package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Resolvability = question(Question{
	Slug:    "ipv6-resolvability",
	Title:   "Which domains does a resolver without IPv4 find?",
	Section: "IPv6",
	Subject: "Name and mail servers",
	Tab:     "Resolvers without IPv4",
	RFCs:    []int{3901, 9471, 1034},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "names", "vantage"}, Parts: []string{"step"}, Break: "break",
		Known: "judged", Of: "offering", Things: "domains", Remedy: unknownDomains,
	},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema},
	Chart:    &Chart{Kind: "stacked", X: "run_time", Y: "domains", Series: "series", YName: "share of domains", Whole: true, Break: "break"},
}, "probe-runs")
