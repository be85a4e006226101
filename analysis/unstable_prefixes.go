package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var unstablePrefixes = question(Question{
	Slug:     "unstable-prefixes",
	Title:    "Which prefixes change the most?",
	Section:  "Routing",
	RFCs:     []int{4271, 2439},
	Basis:    Basis{AsOf: "day", Parts: []string{"prefix"}},
	Datasets: []*table.Schema{datasets.Updates.Schema},
	Chart:    &Chart{Kind: "bar", X: "prefix", Y: "announcements", YName: "announcements of the day"},
})
