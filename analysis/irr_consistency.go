package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var irrConsistency = question(Question{
	Slug:    "irr-consistency",
	Title:   "Do the route registries agree with what is announced?",
	Section: "RPKI",
	Subject: "Route registries",
	Tab:     "Agreement",
	RFCs:    []int{2622, 4012, 6811},
	Basis: Basis{
		AsOf: "time", Series: []string{"family", "registry", "measured"}, Parts: []string{"irr_state"}, Break: "break", Feeds: "full_feed_ases",
		Known: "known_routes", Of: "all_routes", Things: "routes", Remedy: "dumps of the routing registries of the table's day or of the week before",
	},
	Datasets: []*table.Schema{datasets.IRRStats.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
	Chart:    &Chart{Kind: "stacked", X: "hour", Y: "share", Series: "irr_state", YName: "share of routes", Share: true},
}, "hour-feeds", "feed-breaks")
