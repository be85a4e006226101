package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var googleIPv6 = question(Question{
	Slug:     "google-ipv6",
	Title:    "How many users have IPv6, according to Google?",
	Section:  "IPv6",
	RFCs:     []int{8200, 7526},
	Basis:    Basis{AsOf: "month", Series: []string{"category"}},
	Datasets: []*table.Schema{datasets.ExternalSeries.Schema},
	Others:   "Google, which measures its own users",
	Chart: &Chart{
		Kind: "line", X: "month", Y: "percent", Series: "category",
		YName: "percent of Google’s users", Low: "lowest_day", High: "highest_day",
	},
})
