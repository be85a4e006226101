package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var leftOut = question(Question{
	Slug:     "left-out",
	Title:    "What does the table filter remove?",
	Section:  "Routing",
	RFCs:     []int{4632},
	Basis:    Basis{AsOf: "dump_time", Series: []string{"family", "collector"}, Parts: []string{"reason"}},
	Datasets: []*table.Schema{datasets.TableStats.Schema},
	Chart:    &Chart{Kind: "line", X: "dump_time", Y: "prefixes", Series: "series", YName: "prefixes left out", Log: true},
})
