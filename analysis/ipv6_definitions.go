package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Definitions = question(Question{
	Slug:    "ipv6-definitions",
	Title:   "How many websites are ready for IPv6 by the definitions of others?",
	Section: "IPv6",
	Subject: "Readiness",
	Tab:     "Other definitions",
	RFCs:    []int{3596, 8305, 7505},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "vantage", "definition"}, Break: "break",
		Known: "judged", Of: "offering", Things: "domains", Remedy: unknownDomains,
	},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema},
	Chart:    &Chart{Kind: "line", X: "run_time", Y: "share", Series: "series", YName: "share of judged domains that meet the definition", Share: true, Break: "break"},
}, "probe-runs")
