package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Quality = question(Question{
	Slug:    "ipv6-quality",
	Title:   "Is the web as good over IPv6 as over IPv4?",
	Section: "IPv6",
	Subject: "The web over IPv6",
	Tab:     "Quality",
	RFCs:    []int{8305, 8201, 9114},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "vantage"}, Parts: []string{"quality"}, Break: "break",
		Known: "judged", Of: "all_hosts", Things: "web hosts", Remedy: unknownDomains,
	},
	Datasets: []*table.Schema{datasets.DomainPages.Schema, datasets.DomainReadinesses.Schema},
	Chart:    &Chart{Kind: "stacked", X: "run_time", Y: "hosts", Series: "series", YName: "share of web hosts with both families", Whole: true, Break: "break"},
}, "probe-runs")
