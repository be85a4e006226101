package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6UsersByCountry = question(Question{
	Slug:     "ipv6-users-by-country",
	Title:    "In which countries do users have IPv6, by each publisher’s own figures?",
	Section:  "IPv6",
	Subject:  "Users",
	Tab:      "By country",
	RFCs:     []int{8200, 8305, 6724},
	Basis:    Basis{AsOf: "month", Series: []string{"country", "publisher", "measure", "unit"}},
	Datasets: []*table.Schema{datasets.ExternalSeries.Schema},
	Others:   "the publisher that each row names",
})
