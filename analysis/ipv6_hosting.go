package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Hosting = question(Question{
	Slug:    "ipv6-hosting",
	Title:   "Which networks host domains over IPv6?",
	Section: "IPv6",
	Subject: "Hosting and routes",
	Tab:     "Hosting",
	RFCs:    []int{4271, 6811, 3596},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "vantage"}, Parts: []string{"network", "origin_asn"},
		Known: "judged", Of: "domains_with_ipv6", Things: "domains", Remedy: "a routing table from the 31 days before the run",
	},
	Datasets: []*table.Schema{datasets.DomainAddresses.Schema, datasets.DomainReadinesses.Schema},
	Chart:    &Chart{Kind: "bar", X: "network", Y: "domains", Series: "series", YName: "domains with a global AAAA"},
}, "probe-runs")
