package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var pathLengths = question(Question{
	Slug:      "path-lengths",
	Title:     "How long are AS paths?",
	Section:   "Routing",
	Subject:   "Relations",
	Tab:       "Path lengths",
	RFCs:      []int{4271},
	Basis:     Basis{AsOf: "dump_time", Series: []string{"family", "collector", "source"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.TableStats.Schema},
	Chart: &Chart{
		Kind: "line", X: "dump_time", Y: "mean", Series: "series",
		YName: "ASes per path (mean)", Low: "vantage_min", High: "vantage_max", Break: "break",
	},
}, "dump-feeds", "feed-breaks")
