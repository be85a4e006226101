package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var originASes = question(Question{
	Slug:      "origin-ases",
	Title:     "How many networks originate prefixes?",
	Section:   "Routing",
	Subject:   "Origins and MOAS",
	Tab:       "Origin ASes",
	RFCs:      []int{4271, 6793},
	Basis:     Basis{AsOf: "dump_time", Series: []string{"family", "collector", "source"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.TableStats.Schema},
	Figures: []Figure{
		{Label: "Origin ASes (IPv4)", Column: "origin_ases", Unit: "ASes", Where: map[string]string{"family": "4"}, Highest: "full_feed_ases", Lead: true},
	},
	Chart: &Chart{
		Kind: "line", X: "dump_time", Y: "origin_ases", Series: "series",
		YName: "origin ASes", Log: true, Low: "vantage_min", High: "vantage_max", Break: "break",
	},
}, "dump-feeds", "feed-breaks")
