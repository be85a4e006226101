package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Causes = question(Question{
	Slug:     "ipv6-causes",
	Title:    "Why are domains not ready for IPv6?",
	Section:  "IPv6",
	RFCs:     []int{8200, 3596},
	Basis:    Basis{AsOf: "run_time", Series: []string{"list_id"}, Parts: []string{"cause", "class"}},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema},
	Chart:    &Chart{Kind: "stacked", X: "run_time", Y: "domains", Series: "cause", YName: "domains that are not ready"},
})
