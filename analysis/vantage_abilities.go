package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var vantageAbilities = question(Question{
	Slug:    "vantage-abilities",
	Title:   "What can this connection do over IPv6?",
	Section: "IPv6",
	Subject: "Vantages",
	Tab:     "This connection",
	RFCs:    []int{8200, 8201, 6724, 8305, 3901, 7050, 6052},
	Basis: Basis{
		AsOf: "run_time", Series: []string{"vantage"}, Break: "break",
		Known: "tested", Of: "checks", Things: "checks", Remedy: "a run with control hosts and a resolver configured for both families",
	},
	Datasets: []*table.Schema{datasets.VantageChecks.Schema},
	Chart:    &Chart{Kind: "line", X: "run_time", Y: "score", Series: "vantage", YName: "points of 10", Break: "break"},
})
