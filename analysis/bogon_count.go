package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var bogonCount = question(Question{
	Slug:    "bogon-count",
	Title:   "Are there fewer bogons over time?",
	Section: "Routing",
	Subject: "Bogons",
	Tab:     "Over time",
	RFCs:    []int{6890, 8190},
	Basis: Basis{
		AsOf: "time", Series: []string{"measured"}, Parts: []string{"bogon_class"}, Break: "break", Feeds: "full_feed_ases",
		Known: "judged_routes", Of: "all_routes", Things: "routes", Remedy: "the registries of the day of the dump",
	},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.RouteCounts.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
	Figures: []Figure{
		{Label: "Bogon routes", Column: "routes", Unit: "routes"},
	},
	Chart: &Chart{Kind: "stacked", X: "time", Y: "routes", Series: "bogon_class", YName: "bogon routes", Break: "break"},
}, "hour-feeds", "feed-breaks")
