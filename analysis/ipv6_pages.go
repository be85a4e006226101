package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Pages = question(Question{
	Slug:    "ipv6-pages",
	Title:   "Which front pages work without IPv4?",
	Section: "IPv6",
	Subject: "The web over IPv6",
	Tab:     "Whole pages",
	RFCs:    []int{8200, 3596},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "vantage"}, Parts: []string{"state"}, Break: "break",
		Known: "judged", Of: "pages", Things: "front pages", Remedy: unknownDomains,
	},
	Datasets: []*table.Schema{datasets.DomainPages.Schema, datasets.DomainReadinesses.Schema},
	Chart:    &Chart{Kind: "stacked", X: "run_time", Y: "domains", Series: "series", YName: "share of front pages", Whole: true, Break: "break"},
}, "probe-runs")
