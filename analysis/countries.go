package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var countries = question(Question{
	Slug:    "countries",
	Title:   "Which countries’ networks announce the most space?",
	Section: "Routing",
	Subject: "Countries and registries",
	Tab:     "Space by country",
	RFCs:    []int{7020, 6811},
	Basis: Basis{
		AsOf: "time", Series: []string{"family", "country", "measured"}, Feeds: "full_feed_ases",
		Known: "known_ases", Of: "all_ases", Things: "ASes", Remedy: "the delegation files of all five registries of the table's day or the year before",
	},
	Datasets: []*table.Schema{datasets.CountryStats.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
}, "hour-feeds", "feed-breaks")
