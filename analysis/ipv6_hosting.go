package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Hosting = question(Question{
	Slug:     "ipv6-hosting",
	Title:    "Which networks host domains over IPv6?",
	Section:  "IPv6",
	RFCs:     []int{4271, 6811, 3596},
	Basis:    Basis{AsOf: "run_time", Series: []string{"list_id"}, Parts: []string{"network"}},
	Datasets: []*table.Schema{datasets.DomainAddresses.Schema},
	Chart:    &Chart{Kind: "bar", X: "network", Y: "domains", YName: "domains with a global AAAA"},
})
