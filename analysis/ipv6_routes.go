package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Routes = question(Question{
	Slug:     "ipv6-routes",
	Title:    "Are the IPv6 addresses of domains routed, and are the routes valid?",
	Section:  "IPv6",
	RFCs:     []int{6811, 4271},
	Basis:    Basis{AsOf: "run_time", Series: []string{"list_id"}, Parts: []string{"state"}},
	Datasets: []*table.Schema{datasets.DomainAddresses.Schema},
	Chart:    &Chart{Kind: "stacked", X: "run_time", Y: "share", Series: "state", YName: "share of addresses"},
})
