package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Lost = question(Question{
	Slug:    "ipv6-lost",
	Title:   "Which domains lost IPv6?",
	Section: "IPv6",
	Subject: "Readiness",
	Tab:     "Lost",
	RFCs:    []int{3596, 8305},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "vantage", "service"}, Parts: []string{"domain"},
		Known: "compared", Of: "offering", Things: "domains", Remedy: "an earlier run of the same source and list that knows the state of every domain",
	},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema},
}, "probe-runs")
