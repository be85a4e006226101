package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6League = question(Question{
	Slug:    "ipv6-league",
	Title:   "Which groups of websites are the most ready for IPv6?",
	Section: "IPv6",
	Subject: "Readiness",
	Tab:     "By group",
	RFCs:    []int{3596, 8305},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "vantage", "kind"}, Parts: []string{"member"}, Break: "break",
		Known: "list_judged", Of: "list_offering", Things: "domains", Remedy: unknownDomains,
	},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema, datasets.DomainAddresses.Schema},
	Chart:    &Chart{Kind: "bar", X: "member", Y: "share", Series: "series", YName: "share of judged domains that are ready", Share: true},
}, "probe-runs")
