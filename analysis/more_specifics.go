package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var moreSpecifics = question(Question{
	Slug:      "more-specifics",
	Title:     "How many prefixes lie inside others?",
	Section:   "Routing",
	Subject:   "Prefixes",
	Tab:       "More specifics",
	RFCs:      []int{4632},
	Basis:     Basis{AsOf: "dump_time", Series: []string{"family", "collector", "source"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.TableStats.Schema},
	Chart: &Chart{
		Kind: "line", X: "dump_time", Y: "percent_more_specific", Series: "series",
		YName: "percent of the prefixes", Low: "vantage_min", High: "vantage_max", Break: "break",
	},
}, "dump-feeds", "feed-breaks")
