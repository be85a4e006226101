package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcsByGroup = question(Question{
	Slug:    "rfcs-by-group",
	Title:   "Which groups write RFCs, and how do these last?",
	Section: "Standards",
	Subject: "The series",
	Tab:     "By group",
	RFCs:    []int{2418, 8729},
	Basis: Basis{AsOf: "as_of", Parts: []string{"wg"}, Known: "all_with_pages", Of: "all_rfcs", Things: "RFCs",
		Remedy: "the XML form of the index, which states pages"},
	Datasets: []*table.Schema{datasets.RFCs.Schema, datasets.RFCRelations.Schema, datasets.RFCErrata.Schema},
	Chart:    &Chart{Kind: "bar", X: "wg", Y: "rfcs", YName: "RFCs"},
}, "believed-indexes", "current-rfcs")
