package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var googleIPv6 = question(Question{
	Slug:    "google-ipv6",
	Title:   "How many users have IPv6, according to Google?",
	Section: "IPv6",
	Subject: "Users",
	Tab:     "Google",
	RFCs:    []int{8200, 7526},
	Basis: Basis{
		AsOf: "month", Known: "days", Of: "days_of_month", Things: "days",
		Remedy: "a newer file of Google’s",
	},
	Datasets: []*table.Schema{datasets.ExternalSeries.Schema},
	Others:   "Google, which measures its own users",
	Chart: &Chart{
		Kind: "line", X: "month", Y: "share",
		YName: "share of Google’s users with IPv6", Share: true,
		Low: "lowest_day", High: "highest_day", Band: "the lowest and the highest day of each month",
	},
})
