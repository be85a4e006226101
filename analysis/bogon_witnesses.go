package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var bogonWitnesses = question(Question{
	Slug:      "bogon-witnesses",
	Title:     "Who carries bogons, and over which path?",
	Section:   "Routing",
	Subject:   "Bogons",
	Tab:       "Who carries them",
	RFCs:      []int{6890, 7454},
	Basis:     Basis{AsOf: "time", Series: []string{"measured"}, Parts: []string{"prefix", "origin", "collector", "peer_address"}, Feeds: "full_feed_ases"},
	Continued: &Continuation{Newest: true, Whole: []*table.Schema{datasets.ASNames.Schema}},
	Datasets:  []*table.Schema{datasets.Witnesses.Schema, datasets.RouteHours.Schema, datasets.TableStats.Schema, datasets.ASNames.Schema},
}, "hour-feeds", "feed-breaks")
