package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// unknownDomains would make unknown domains known.
const unknownDomains = "another probe run, from a connection that reaches its control hosts and its resolver over both families"

var ipv6Readiness = question(Question{
	Slug:    "ipv6-readiness",
	Title:   "Which domains are ready for IPv6?",
	Section: "IPv6",
	Subject: "Readiness",
	Tab:     "Domains",
	RFCs:    []int{8200, 3596, 8305, 7505},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "sample", "service", "vantage"}, Break: "break",
		Known: "judged", Of: "offering", Things: "domains", Remedy: unknownDomains,
	},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema},
	Figures: []Figure{
		{Label: "Domains ready for IPv6 (web)", Column: "ready_share", Unit: "%", Where: map[string]string{"service": "web", "sample": "level"}, Highest: "judged", Lead: true},
	},
	Chart: &Chart{
		Kind: "line", X: "run_time", Y: "ready_share", Series: "series",
		YName: "share of judged domains that are ready", Share: true, Break: "break",
		Low: "low", High: "high", Band: "Wilson’s interval at 95 %", Headline: map[string]string{"service": "web"},
	},
}, "probe-runs")
