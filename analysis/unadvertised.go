package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var unadvertised = question(Question{
	Slug:     "unadvertised",
	Title:    "How much of the delegated space is not announced?",
	Section:  "Routing",
	RFCs:     []int{7020},
	Basis:    Basis{AsOf: "time", Series: []string{"family", "registry"}},
	Datasets: []*table.Schema{datasets.AddressUses.Schema},
	Chart: &Chart{
		Kind: "line", X: "time", Y: "percent_unadvertised", Series: "series",
		YName: "percent of the delegated space",
	},
})
