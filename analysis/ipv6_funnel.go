package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Funnel = question(Question{
	Slug:    "ipv6-funnel",
	Title:   "At which step do domains fail over IPv6?",
	Section: "IPv6",
	Subject: "Where it fails",
	Tab:     "Steps",
	RFCs:    []int{3596, 3901, 9293, 8446, 9846, 9110},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"list_id", "vantage"}, Parts: []string{"step"},
		Known: "judged", Of: "offering", Things: "domains", Remedy: unknownDomains,
	},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema, datasets.DomainAddresses.Schema, datasets.IPv6Probes.Schema},
	Chart:    &Chart{Kind: "bar", X: "step", Y: "domains", Series: "series", YName: "domains that pass this step and those before"},
}, "probe-runs")
