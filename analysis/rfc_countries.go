package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcCountries = question(Question{
	Slug:     "rfc-countries",
	Title:    "From which countries are RFCs written?",
	Section:  "Standards",
	Subject:  "Authors",
	Tab:      "Countries",
	RFCs:     []int{7322},
	Basis:    Basis{AsOf: "year", Parts: []string{"country"}, Known: "with_country", Of: "all_rfcs", Things: "RFCs", Remedy: "the texts of more RFCs"},
	Datasets: []*table.Schema{datasets.RFCs.Schema, datasets.RFCTexts.Schema},
	Chart:    &Chart{Kind: "stacked", X: "year", Y: "addresses", Series: "country", YName: "authors"},
}, "believed-indexes", "current-rfcs")
