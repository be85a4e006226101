package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Strata = question(Question{
	Slug:    "ipv6-strata",
	Title:   "Are popular domains readier for IPv6 than others?",
	Section: "IPv6",
	Subject: "Readiness",
	Tab:     "By popularity",
	RFCs:    []int{8200, 3596, 8305},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "service", "stratum", "vantage"}, Break: "break",
		Known: "judged", Of: "offering", Things: "domains", Remedy: unknownDomains,
	},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema},
	Chart: &Chart{
		Kind: "line", X: "run_time", Y: "ready_share", Series: "series",
		YName: "share of judged domains that are ready", Share: true, Break: "break",
		Headline: map[string]string{"service": "web"},
	},
}, "probe-runs")
