package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var addressSpan = question(Question{
	Slug:      "address-span",
	Title:     "How much address space is announced?",
	Section:   "Routing",
	Subject:   "Address space",
	Tab:       "Announced",
	RFCs:      []int{4632, 4291, 3056},
	Basis:     Basis{AsOf: "dump_time", Series: []string{"family", "collector", "source"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.TableStats.Schema, datasets.Routes.Schema},
	Chart: &Chart{
		Kind: "line", X: "dump_time", Y: "percent_without_6to4", Series: "series",
		YName: "percent of the unicast space, without 6to4", Log: true, Break: "break",
	},
}, "dump-feeds", "feed-breaks")
