package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var routeChanges = question(Question{
	Slug:    "route-changes",
	Title:   "How often do prefixes change their origin?",
	Section: "Routing",
	Subject: "Changes and events",
	Tab:     "Changes of origin",
	RFCs:    []int{4271, 6811},
	Basis: Basis{
		AsOf: "time", Series: []string{"family", "measured"}, Parts: []string{"change"}, Break: "break", Feeds: "full_feed_ases",
		Known: "known_pairs", Of: "pairs", Things: "pairs of prefix and origin", Remedy: "dumps of the same collectors at most eight days apart",
	},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.RouteCounts.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
	Chart:     &Chart{Kind: "stacked", X: "time", Y: "routes", Series: "series", YName: "new pairs of prefix and origin", Break: "break"},
}, "hour-feeds", "feed-breaks")
