package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcsByArea = question(Question{
	Slug:     "rfcs-by-area",
	Title:    "From which areas of the IETF do RFCs come?",
	Section:  "Standards",
	Subject:  "The series",
	Tab:      "By area",
	RFCs:     []int{8729},
	Basis:    Basis{AsOf: "as_of", Parts: []string{"area"}},
	Datasets: []*table.Schema{datasets.RFCs.Schema},
	Chart:    &Chart{Kind: "bar", X: "area", Y: "rfcs", YName: "RFCs"},
}, "believed-indexes", "current-rfcs")
