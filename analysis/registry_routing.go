package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var registryRouting = question(Question{
	Slug:    "registry-routing",
	Title:   "How do the regions of the registries differ in routing?",
	Section: "Routing",
	Subject: "Countries and registries",
	Tab:     "By registry",
	RFCs:    []int{7020, 6811},
	Basis: Basis{
		AsOf: "time", Series: []string{"family", "registration", "registry", "measured"}, Break: "break", Feeds: "full_feed_ases",
		Known: "registries_known", Of: "registries_of", Things: "registries", Remedy: "the delegation files of all five registries",
	},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.CountryStats.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
}, "hour-feeds", "feed-breaks")
