package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var nat64Seen = question(Question{
	Slug:    "nat64-seen",
	Title:   "Which NAT64 prefixes and DNS64 are seen from here?",
	Section: "IPv6",
	Subject: "Vantages",
	Tab:     "NAT64 and DNS64",
	RFCs:    []int{7050, 6052, 8215, 8781, 6146, 6147, 6877, 8880, 9872},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"vantage"}, Parts: []string{"what", "target", "result", "detail"},
		Known: "answered", Of: "checks", Things: "checks", Remedy: "a run with a resolver and control hosts that answer",
	},
	Datasets: []*table.Schema{datasets.VantageChecks.Schema},
})
