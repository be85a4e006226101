package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var addressSpan = question(Question{
	Slug:     "address-span",
	Title:    "How much address space is announced?",
	Section:  "Routing",
	RFCs:     []int{4632, 4291},
	Basis:    Basis{AsOf: "dump_time", Series: []string{"family", "collector"}},
	Datasets: []*table.Schema{datasets.TableStats.Schema},
	Chart: &Chart{
		Kind: "line", X: "dump_time", Y: "percent_of_unicast", Series: "series",
		YName: "percent of the unicast space", Log: true, Low: "vantage_min", High: "vantage_max",
	},
})
