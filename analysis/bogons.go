package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var bogons = question(Question{
	Slug:    "bogons",
	Title:   "Which bogons are seen, and by whom?",
	Section: "Routing",
	Subject: "Bogons",
	Tab:     "Seen now",
	RFCs:    []int{6890, 8190, 6598, 6052, 8215, 5398, 6996, 7607},
	Basis: Basis{
		AsOf: "time", Series: []string{"measured"}, Parts: []string{"prefix", "origin_asn"}, Feeds: "full_feed_ases",
		Known: "judged_routes", Of: "all_routes", Things: "routes", Remedy: "the registries of the day of the dump",
	},
	Continued: &Continuation{Newest: true},
	Datasets:  []*table.Schema{datasets.RouteStates.Schema, datasets.RouteCounts.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
}, "hour-feeds", "feed-breaks")
