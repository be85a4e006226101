package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcsByYear = question(Question{
	Slug:     "rfcs-by-year",
	Title:    "How many RFCs appear each year, and what became of them?",
	Section:  "Standards",
	Subject:  "The series",
	Tab:      "By year",
	RFCs:     []int{2026, 6410, 8729},
	Basis:    Basis{AsOf: "as_of", Parts: []string{"year", "status"}},
	Datasets: []*table.Schema{datasets.RFCs.Schema},
	Figures: []Figure{
		{Label: "RFCs", Column: "rfcs", Unit: "RFCs", Lead: true},
	},
	Chart: &Chart{Kind: "stacked", X: "year", Y: "rfcs", Series: "status", YName: "RFCs"},
}, "believed-indexes", "current-rfcs")
