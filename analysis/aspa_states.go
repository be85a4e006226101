package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var aspaStates = question(Question{
	Slug:    "aspa-states",
	Title:   "How many paths do ASPAs allow?",
	Section: "RPKI",
	Subject: "ASPA",
	Tab:     "Paths",
	RFCs:    []int{7908, 9774},
	Basis: Basis{
		AsOf: "dump_time", Series: []string{"family", "collector", "vantage"}, Parts: []string{"aspa_state"}, Things: "paths",
	},
	Continued: &Continuation{},
	Datasets:  []*table.Schema{datasets.ASPAStats.Schema},
	Figures: []Figure{
		{Label: "IPv4 paths valid by ASPA", Column: "share", Unit: "%", Where: map[string]string{"family": "4", "vantage": "all peers"}, Count: map[string]string{"aspa_state": "valid"}, Highest: "paths"},
	},
	Chart: &Chart{Kind: "stacked", X: "dump_time", Y: "share", Series: "aspa_state", Panels: []string{"family", "collector", "vantage"}, YName: "share of paths", Share: true},
})
