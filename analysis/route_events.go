package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var routeEvents = question(Question{
	Slug:    "route-events",
	Title:   "What went wrong with routes, and is it over?",
	Section: "Routing",
	Subject: "Changes and events",
	Tab:     "Events",
	RFCs:    []int{4271, 6811, 7908, 9234},
	Basis: Basis{
		AsOf: "time", Parts: []string{"kind"}, Known: "judged_hours", Of: "all_hours", Things: "hours",
		Remedy: "the registries of each day, and dumps at most eight days apart",
	},
	Datasets: []*table.Schema{datasets.RouteEvents.Schema, datasets.RouteCounts.Schema, datasets.ASPAStats.Schema, datasets.ASLinks.Schema},
	Chart:    &Chart{Kind: "bar", X: "kind", Y: "began", YName: "events that began"},
})
