package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var unadvertised = question(Question{
	Slug:    "unadvertised",
	Title:   "How much of the delegated space is not announced?",
	Section: "Routing",
	Subject: "Address space",
	Tab:     "Not announced",
	RFCs:    []int{7020},
	Basis: Basis{
		AsOf: "time", Series: []string{"family", "registry", "measured"}, Break: "break", Feeds: "full_feed_ases",
		Known: "registries_known", Of: "registries_of", Things: "registries", Remedy: "the delegation files of all five registries",
	},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.AddressUses.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
	Chart: &Chart{
		Kind: "line", X: "time", Y: "percent_unadvertised", Series: "series",
		YName: "percent of the delegated space", Break: "break",
	},
}, "hour-feeds", "feed-breaks")
