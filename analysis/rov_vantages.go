package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rovVantages = question(Question{
	Slug:    "rov-vantages",
	Title:   "Which networks still carry ROV-invalid routes?",
	Section: "RPKI",
	Subject: "Route origin validation",
	Tab:     "Who carries invalid routes",
	RFCs:    []int{6811, 7454},
	Basis: Basis{
		AsOf: "dump_time", Series: []string{"family", "collector"}, Parts: []string{"peer"}, Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases",
		Known: "known_routes", Of: "all_routes", Things: "routes", Remedy: "validated payloads of the dump's own day from all five trust anchors",
	},
	Continued: &Continuation{Newest: true, Whole: []*table.Schema{datasets.ASNames.Schema}},
	Datasets:  []*table.Schema{datasets.StateStats.Schema, datasets.RouteHours.Schema, datasets.ASNames.Schema},
	Chart:     &Chart{Kind: "bar", X: "peer", Y: "percent_invalid", YName: "percent of the routes"},
})
