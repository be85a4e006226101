package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var tableHistory = question(Question{
	Slug:     "table-history",
	Title:    "How has the table grown across all sources?",
	Section:  "Routing",
	Subject:  "Table growth",
	Tab:      "All sources",
	RFCs:     []int{4271, 6396},
	Basis:    Basis{AsOf: "dump_time", Series: []string{"family"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Datasets: []*table.Schema{datasets.TableStats.Schema},
	Chart: &Chart{
		Kind: "line", X: "dump_time", Y: "prefixes", Series: "series",
		YName: "prefixes", Log: true, Low: "vantage_min", High: "vantage_max", Break: "break",
	},
}, "dump-feeds", "feed-breaks")
