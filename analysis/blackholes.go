package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var blackholes = question(Question{
	Slug:    "blackholes",
	Title:   "How many prefixes are blackholed?",
	Section: "Routing",
	Subject: "Attributes",
	Tab:     "Blackholes",
	RFCs:    []int{7999},
	Basis: Basis{
		AsOf: "dump_time", Series: []string{"family", "collector", "source"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases",
	},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.TableStats.Schema},
	Chart: &Chart{
		Kind: "line", X: "dump_time", Y: "prefixes", Series: "series", YName: "prefixes", Break: "break",
	},
}, "dump-feeds", "feed-breaks", "attribute-counts")
