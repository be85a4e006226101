package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var attributes = question(Question{
	Slug:    "attributes",
	Title:   "What do routes carry beside their path?",
	Section: "Routing",
	Subject: "Attributes",
	Tab:     "Carried",
	RFCs:    []int{1997, 4360, 8092, 9234},
	Basis: Basis{
		AsOf: "dump_time", Series: []string{"family", "collector", "source", "attribute"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases",
	},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.TableStats.Schema},
	Chart: &Chart{
		Kind: "line", X: "dump_time", Y: "percent", Series: "series",
		YName: "percent of the entries", Low: "vantage_min", High: "vantage_max", Band: "the spread over the peers with a full table", Break: "break",
		Headline: map[string]string{"attribute": "communities"},
	},
}, "dump-feeds", "feed-breaks", "attribute-counts")
