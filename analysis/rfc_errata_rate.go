package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcErrataRate = question(Question{
	Slug:     "rfc-errata-rate",
	Title:    "How many errors are found in RFCs?",
	Section:  "Standards",
	Subject:  "Errata",
	Tab:      "Rate",
	RFCs:     []int{7322},
	Basis:    Basis{AsOf: "as_of", Parts: []string{"year"}, Known: "all_with_pages", Of: "all_rfcs", Things: "RFCs", Remedy: "the XML form of the index, which states pages"},
	Datasets: []*table.Schema{datasets.RFCs.Schema, datasets.RFCErrata.Schema},
	Chart:    &Chart{Kind: "line", X: "year", Y: "per_100_pages", YName: "errata for 100 pages"},
}, "believed-indexes", "current-rfcs")
