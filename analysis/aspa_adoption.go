package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var aspaAdoption = question(Question{
	Slug:    "aspa-adoption",
	Title:   "How many networks say who their providers are?",
	Section: "RPKI",
	Subject: "ASPA",
	Tab:     "Adoption",
	RFCs:    []int{6480, 8630},
	Basis: Basis{
		AsOf: "file_date", Series: []string{"trust_anchors"}, Things: "ASes",
		Remedy: "a table dump of the days of the ASPAs",
	},
	Continued: &Continuation{Ahead: 4},
	Datasets:  []*table.Schema{datasets.ASPAs.Schema, datasets.RouteHours.Schema, datasets.RouteStates.Schema},
	Figures: []Figure{
		{Label: "ASes with an ASPA", Column: "customers", Unit: "ASes"},
	},
	Chart: &Chart{Kind: "line", X: "file_date", Y: "customers", Series: "series", YName: "ASes with an ASPA"},
})
