package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var deaggregators = question(Question{
	Slug:      "deaggregators",
	Title:     "Which networks announce more than they need?",
	Section:   "Routing",
	Subject:   "Deaggregation",
	Tab:       "By network",
	RFCs:      []int{4632},
	Basis:     Basis{AsOf: "dump_time", Series: []string{"family", "collector", "source"}, Parts: []string{"origin"}, Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Continued: &Continuation{Newest: true, Each: []string{"family"}, Whole: []*table.Schema{datasets.ASNames.Schema}},
	Datasets:  []*table.Schema{datasets.Aggregations.Schema, datasets.ASNames.Schema, datasets.TableStats.Schema},
	Chart:     &Chart{Kind: "bar", X: "network", Y: "reduction", Series: "series", YName: "prefixes that could be saved"},
}, "dump-feeds", "feed-breaks")
