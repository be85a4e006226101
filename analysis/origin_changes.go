package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var originChanges = question(Question{
	Slug:    "origin-changes",
	Title:   "What is new in the table?",
	Section: "Routing",
	Subject: "Changes and events",
	Tab:     "What is new",
	RFCs:    []int{4271, 6811},
	Basis: Basis{
		AsOf: "time", Series: []string{"family", "measured"}, Parts: []string{"prefix", "origin"}, Feeds: "full_feed_ases",
		Known: "known_pairs", Of: "pairs", Things: "pairs of prefix and origin", Remedy: "dumps of the same collectors at most eight days apart",
	},
	Continued: &Continuation{Newest: true},
	Datasets:  []*table.Schema{datasets.RouteStates.Schema, datasets.RouteCounts.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
}, "hour-feeds", "feed-breaks")
