package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var asRelations = question(Question{
	Slug:    "as-relations",
	Title:   "How many neighbouring networks sell each other transit, and how many peer?",
	Section: "Routing",
	Subject: "Relations",
	Tab:     "Transit and peering",
	RFCs:    []int{4271, 9234},
	Basis: Basis{
		AsOf: "time", Series: []string{"family", "measured"}, Parts: []string{"relation"}, Break: "break", Feeds: "full_feed_ases",
		Known: "known_links", Of: "all_links", Things: "links", Remedy: "dumps of collectors with other peers",
	},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.ASLinks.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
	Chart:     &Chart{Kind: "stacked", X: "time", Y: "share", Series: "relation", Panels: []string{"family"}, YName: "share of links", Share: true, Break: "break"},
}, "hour-feeds", "feed-breaks")
