package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var prefixLengths = question(Question{
	Slug:      "prefix-lengths",
	Title:     "How long are the prefixes of the table?",
	Section:   "Routing",
	Subject:   "Prefixes",
	Tab:       "Lengths",
	RFCs:      []int{4632, 4291},
	Basis:     Basis{AsOf: "dump_time", Series: []string{"version", "collector", "source"}, Parts: []string{"length"}, Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Continued: &Continuation{Newest: true, Each: []string{"version"}},
	Datasets:  []*table.Schema{datasets.TableStats.Schema},
	Chart:     &Chart{Kind: "bar", X: "length", Y: "share", Series: "version", YName: "share of the prefixes", Share: true},
}, "dump-feeds", "feed-breaks")
