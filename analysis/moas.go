package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var moas = question(Question{
	Slug:      "moas",
	Title:     "Which prefixes have several origins?",
	Section:   "Routing",
	Subject:   "Origins and MOAS",
	Tab:       "Which prefixes",
	RFCs:      []int{1930},
	Basis:     Basis{AsOf: "time", Series: []string{"family", "measured"}, Parts: []string{"prefix"}, Feeds: "full_feed_ases"},
	Continued: &Continuation{Newest: true},
	Datasets:  []*table.Schema{datasets.RouteStates.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema},
}, "hour-feeds", "feed-breaks")
