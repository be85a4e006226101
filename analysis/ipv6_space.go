package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var ipv6Space = question(Question{
	Slug:      "ipv6-space",
	Title:     "How large are the IPv6 announcements, and which are of 6to4 or Teredo?",
	Section:   "Routing",
	Subject:   "IPv6 in the table",
	Tab:       "Space",
	RFCs:      []int{8200, 3056, 7526, 4380},
	Basis:     Basis{AsOf: "time", Series: []string{"space"}},
	Continued: &Continuation{Newest: true},
	Datasets:  []*table.Schema{datasets.RouteStates.Schema, datasets.RouteHours.Schema},
	Chart:     &Chart{Kind: "bar", X: "space", Y: "prefixes", YName: "prefixes"},
})
