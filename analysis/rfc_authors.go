package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcAuthors = question(Question{
	Slug:     "rfc-authors",
	Title:    "How many people write RFCs?",
	Section:  "Standards",
	Subject:  "Authors",
	Tab:      "People",
	RFCs:     []int{7322},
	Basis:    Basis{AsOf: "year", Known: "with_authors", Of: "rfcs", Things: "RFCs", Remedy: "an index that names the authors"},
	Datasets: []*table.Schema{datasets.RFCs.Schema},
	Chart:    &Chart{Kind: "line", X: "year", Y: "authors", YName: "authors of a year"},
}, "believed-indexes", "current-rfcs")
