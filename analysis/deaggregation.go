package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var deaggregation = question(Question{
	Slug:      "deaggregation",
	Title:     "How much smaller could the table be?",
	Section:   "Routing",
	Subject:   "Deaggregation",
	Tab:       "Smallest table",
	RFCs:      []int{4632},
	Basis:     Basis{AsOf: "dump_time", Series: []string{"family", "collector", "source"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.Aggregations.Schema, datasets.TableStats.Schema},
	Chart: &Chart{
		Kind: "line", X: "dump_time", Y: "factor", Series: "series",
		YName: "deaggregation factor", Low: "vantage_min", High: "vantage_max", Break: "break",
	},
}, "dump-feeds", "feed-breaks")
