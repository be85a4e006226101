package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Causes = question(Question{
	Slug:    "ipv6-causes",
	Title:   "Why are domains not ready for IPv6?",
	Section: "IPv6",
	Subject: "Where it fails",
	Tab:     "Causes",
	RFCs:    []int{8200, 3596},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "vantage"}, Parts: []string{"cause", "class"}, Break: "break",
		Known: "judged", Of: "offering", Things: "domains", Remedy: unknownDomains,
	},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema},
	Chart:    &Chart{Kind: "stacked", X: "run_time", Y: "domains", Series: "series", YName: "websites that are not ready", Break: "break"},
}, "probe-runs")
