package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Networks = question(Question{
	Slug:     "ipv6-networks",
	Title:    "Which kinds of networks announce both families?",
	Section:  "Routing",
	Subject:  "IPv6 in the table",
	Tab:      "Networks",
	RFCs:     []int{8200, 4271},
	Basis:    Basis{AsOf: "time", Series: []string{"kind"}, Break: "break", Feeds: "full_feed_ases"},
	Datasets: []*table.Schema{datasets.ASRegistrations.Schema, datasets.ASTopologies.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
	Chart:    &Chart{Kind: "line", X: "time", Y: "share_of_both", Series: "kind", YName: "share with both families", Share: true, Break: "break"},
}, "hour-feeds", "feed-breaks")
