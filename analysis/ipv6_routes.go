package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Routes = question(Question{
	Slug:    "ipv6-routes",
	Title:   "Are the IPv6 addresses of domains routed, and are the routes valid?",
	Section: "IPv6",
	Subject: "Hosting and routes",
	Tab:     "Routes",
	RFCs:    []int{6811, 4271},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "vantage"}, Parts: []string{"state"}, Break: "break",
		Known: "known_addresses", Of: "of_addresses", Things: "addresses", Remedy: "a routing table from the 31 days before the run, and payloads of the table’s day",
	},
	Datasets: []*table.Schema{datasets.DomainAddresses.Schema, datasets.DomainReadinesses.Schema},
	Chart:    &Chart{Kind: "stacked", X: "run_time", Y: "share", Series: "series", YName: "share of addresses", Share: true, Break: "break"},
}, "probe-runs")
