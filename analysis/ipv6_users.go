package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Users = question(Question{
	Slug:    "ipv6-users",
	Title:   "How many users have IPv6, by each publisher’s own figures?",
	Section: "IPv6",
	Subject: "Users",
	Tab:     "Publishers compared",
	RFCs:    []int{8200, 8305, 6724},
	Basis: Basis{
		AsOf: "month", Series: []string{"publisher", "measure", "unit"}, Known: "days", Of: "days_of_month", Things: "days",
		Remedy: "newer files of the publishers",
	},
	Datasets: []*table.Schema{datasets.ExternalSeries.Schema},
	Others:   "the publisher that each row names",
	Chart:    &Chart{Kind: "line", X: "month", Y: "share", Series: "series", YName: "share with IPv6", Share: true, Headline: map[string]string{"compared": "yes"}},
})
