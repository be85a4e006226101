package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Servers = question(Question{
	Slug:    "ipv6-servers",
	Title:   "Do name servers and mail exchangers have IPv6?",
	Section: "IPv6",
	Subject: "Name and mail servers",
	Tab:     "Servers",
	RFCs:    []int{3901, 9210, 3974, 5321},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "servers", "vantage"}, Break: "break",
		Known: "judged", Of: "offering", Things: "domains", Remedy: unknownDomains,
	},
	Datasets: []*table.Schema{datasets.DomainAddresses.Schema, datasets.DomainReadinesses.Schema},
	Chart: &Chart{
		Kind: "line", X: "run_time", Y: "share", Series: "series",
		YName: "share of hosts with a global AAAA", Share: true, Break: "break",
		Low: "low", High: "high", Band: "Wilson’s interval at 95 %",
	},
}, "probe-runs")
