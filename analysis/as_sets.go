package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var asSets = question(Question{
	Slug:    "as-sets",
	Title:   "How many routes still have an AS_SET?",
	Section: "Routing",
	Subject: "Attributes",
	Tab:     "AS_SETs",
	RFCs:    []int{9774},
	Basis: Basis{
		AsOf: "dump_time", Series: []string{"family", "collector", "source"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases",
	},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.TableStats.Schema},
	Chart: &Chart{
		Kind: "line", X: "dump_time", Y: "prefixes", Series: "series", YName: "prefixes", Break: "break",
	},
}, "dump-feeds", "feed-breaks", "attribute-counts")
