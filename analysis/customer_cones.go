package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var customerCones = question(Question{
	Slug:     "customer-cones",
	Title:    "Which networks have the largest customer cones?",
	Section:  "Routing",
	Subject:  "Relations",
	Tab:      "Customer cones",
	RFCs:     []int{4271, 9234},
	Basis:    Basis{AsOf: "time", Series: []string{"family", "measured"}, Parts: []string{"network"}, Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Datasets: []*table.Schema{datasets.ASTopologies.Schema, datasets.ASNames.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
	Chart:    &Chart{Kind: "bar", X: "network", Y: "cone_ases", Series: "series", YName: "networks in the cone"},
}, "hour-feeds", "feed-breaks")
