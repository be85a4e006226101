package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Vantages = question(Question{
	Slug:    "ipv6-vantages",
	Title:   "Do probes from different places agree?",
	Section: "IPv6",
	Subject: "Vantages",
	Tab:     "Agreement",
	RFCs:    []int{3596, 8305},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "vantage"},
		Known: "compared", Of: "offering", Things: "domains", Remedy: "a run of the same list from another place within a week, by a source of its own or imported",
	},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema},
}, "probe-runs")
