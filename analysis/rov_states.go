package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rovStates = question(Question{
	Slug:    "rov-states",
	Title:   "How many routes does route origin validation cover?",
	Section: "RPKI",
	Subject: "Route origin validation",
	Tab:     "Coverage",
	RFCs:    []int{6811, 6483, 9582},
	Basis: Basis{
		AsOf: "time", Series: []string{"family", "measured"}, Parts: []string{"rov_state"}, Break: "break", Feeds: "full_feed_ases",
		Known: "known_routes", Of: "all_routes", Things: "routes", Remedy: "validated payloads of the dump's own day from all five trust anchors",
	},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.RouteCounts.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
	Figures: []Figure{
		{Label: "IPv4 routes ROV-valid", Column: "share", Unit: "%", Where: map[string]string{"family": "4"}, Count: map[string]string{"rov_state": "valid"}, Lead: true},
	},
	Chart: &Chart{Kind: "stacked", X: "time", Y: "share", Series: "rov_state", Panels: []string{"family"}, YName: "share of routes", Share: true, Break: "break"},
}, "hour-feeds", "feed-breaks")
