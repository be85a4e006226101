package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var countryIPv6 = question(Question{
	Slug:    "country-ipv6",
	Title:   "Which countries’ networks announce IPv6?",
	Section: "Routing",
	Subject: "Countries and registries",
	Tab:     "IPv6 by country",
	RFCs:    []int{7020, 8200},
	Basis: Basis{
		AsOf: "time", Series: []string{"country", "measured"}, Feeds: "full_feed_ases",
		Known: "known_ases", Of: "all_ases", Things: "ASes", Remedy: "the delegation files of all five registries of the table's day or the year before",
	},
	Datasets: []*table.Schema{datasets.CountryStats.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
}, "hour-feeds", "feed-breaks")
