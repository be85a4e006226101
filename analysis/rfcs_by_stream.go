package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcsByStream = question(Question{
	Slug:     "rfcs-by-stream",
	Title:    "From which streams do RFCs come?",
	Section:  "Standards",
	Subject:  "The series",
	Tab:      "By stream",
	RFCs:     []int{8729, 9280, 9920},
	Basis:    Basis{AsOf: "as_of", Parts: []string{"year", "stream"}, Known: "known_rfcs", Of: "all_rfcs", Things: "RFCs", Remedy: "the XML or JSON form of the index, which names the stream"},
	Datasets: []*table.Schema{datasets.RFCs.Schema},
	Chart:    &Chart{Kind: "stacked", X: "year", Y: "rfcs", Series: "stream", YName: "RFCs"},
}, "believed-indexes", "current-rfcs")
