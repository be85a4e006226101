package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var tableGrowth = question(Question{
	Slug:      "table-growth",
	Title:     "How fast does the routing table grow?",
	Section:   "Routing",
	Subject:   "Table growth",
	Tab:       "Growth",
	RFCs:      []int{4271, 4632, 6396},
	Basis:     Basis{AsOf: "dump_time", Series: []string{"family", "collector", "source"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.TableStats.Schema},
	Figures: []Figure{
		{Label: "IPv4 prefixes", Column: "prefixes", Unit: "prefixes", Where: map[string]string{"family": "4"}, Highest: "full_feed_ases", Lead: true},
		{Label: "IPv6 prefixes", Column: "prefixes", Unit: "prefixes", Where: map[string]string{"family": "6"}, Highest: "full_feed_ases", Lead: true},
	},
	Chart: &Chart{
		Kind: "line", X: "dump_time", Y: "prefixes", Series: "series",
		YName: "prefixes", Log: true, Low: "vantage_min", High: "vantage_max", Break: "break",
	},
}, "dump-feeds", "feed-breaks")
