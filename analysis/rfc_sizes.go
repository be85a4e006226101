package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcSizes = question(Question{
	Slug:     "rfc-sizes",
	Title:    "How long are RFCs?",
	Section:  "Standards",
	Subject:  "The series",
	Tab:      "Sizes",
	RFCs:     []int{7322, 7994},
	Basis:    Basis{AsOf: "year", Known: "with_pages", Of: "rfcs", Things: "RFCs", Remedy: "the XML form of the index, which states pages"},
	Datasets: []*table.Schema{datasets.RFCs.Schema, datasets.RFCTexts.Schema},
	Chart:    &Chart{Kind: "line", X: "year", Y: "median_pages", YName: "pages, median"},
}, "believed-indexes", "current-rfcs")
