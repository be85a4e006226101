package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Readiness = question(Question{
	Slug:     "ipv6-readiness",
	Title:    "Which domains are ready for IPv6?",
	Section:  "IPv6",
	RFCs:     []int{8200, 3596, 8305, 7505},
	Basis:    Basis{AsOf: "run_time", Series: []string{"list_id", "sample", "service"}},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema},
	Figures: []Figure{
		{Label: "Domains ready for IPv6 (web)", Column: "ready_share", Unit: "%", Where: map[string]string{"service": "web", "sample": "level"}, Highest: "judged", Lead: true},
	},
	Chart: &Chart{
		Kind: "line", X: "run_time", Y: "ready_share", Series: "series",
		YName: "share of judged domains that are ready", Low: "low", High: "high",
	},
})
