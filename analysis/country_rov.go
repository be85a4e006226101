package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var countryROV = question(Question{
	Slug:    "country-rov",
	Title:   "Which countries’ networks announce validated routes?",
	Section: "Routing",
	Subject: "Countries and registries",
	Tab:     "Valid routes by country",
	RFCs:    []int{6811, 7020},
	Basis: Basis{
		AsOf: "time", Series: []string{"family", "country", "measured"}, Feeds: "full_feed_ases",
		Known: "known_routes", Of: "all_routes", Things: "routes", Remedy: "validated payloads of the dump's own day from all five trust anchors",
	},
	Continued: &Continuation{Newest: true, Each: []string{"family"}},
	Datasets:  []*table.Schema{datasets.CountryStats.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
}, "hour-feeds", "feed-breaks")
