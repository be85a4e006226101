package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6AgainstIPv4 = question(Question{
	Slug:      "ipv6-against-ipv4",
	Title:     "How does IPv6 compare with IPv4 in routing?",
	Section:   "Routing",
	Subject:   "IPv6 in the table",
	Tab:       "IPv6 and IPv4",
	RFCs:      []int{8200},
	Basis:     Basis{AsOf: "dump_time", Series: []string{"metric", "collector", "source"}, Break: "break", Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.TableStats.Schema},
	Chart:     &Chart{Kind: "line", X: "dump_time", Y: "percent", Series: "series", YName: "percent of IPv4", Break: "break"},
}, "dump-feeds", "feed-breaks")
