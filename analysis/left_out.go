package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var leftOut = question(Question{
	Slug:      "left-out",
	Title:     "What does the table filter remove?",
	Section:   "Routing",
	Subject:   "Prefixes",
	Tab:       "Left out",
	RFCs:      []int{4632},
	Basis:     Basis{AsOf: "dump_time", Series: []string{"family", "collector", "source"}, Parts: []string{"reason"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.TableStats.Schema},
	Chart:     &Chart{Kind: "line", X: "dump_time", Y: "prefixes", Series: "series", YName: "prefixes left out", Log: true, Break: "break"},
}, "dump-feeds", "feed-breaks")
