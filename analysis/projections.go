package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var projections = question(Question{
	Slug:     "projections",
	Title:    "How large will the table be if it keeps growing like this?",
	Section:  "Routing",
	Subject:  "Table growth",
	Tab:      "Projections",
	RFCs:     []int{4271},
	Basis:    Basis{AsOf: "until", Series: []string{"family", "collector", "source"}, Parts: []string{"model"}, Feeds: "full_feed_ases", FeedsOf: "all_full_feed_ases"},
	Datasets: []*table.Schema{datasets.TableStats.Schema},
}, "dump-feeds", "feed-breaks")
