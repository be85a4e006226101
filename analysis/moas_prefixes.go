package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var moasPrefixes = question(Question{
	Slug:      "moas-prefixes",
	Title:     "How many prefixes have several origins?",
	Section:   "Routing",
	Subject:   "Origins and MOAS",
	Tab:       "Several origins",
	RFCs:      []int{1930, 6472, 9774},
	Basis:     Basis{AsOf: "dump_time", Series: []string{"family", "collector", "source"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.TableStats.Schema},
	Chart:     &Chart{Kind: "line", X: "dump_time", Y: "moas_prefixes", Series: "series", YName: "prefixes with several origins", Break: "break"},
}, "dump-feeds", "feed-breaks")
