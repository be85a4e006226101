package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var tableGrowth = question(Question{
	Slug:     "table-growth",
	Title:    "How fast does the routing table grow?",
	Section:  "Routing",
	RFCs:     []int{4271, 4632, 6396},
	Datasets: []*table.Schema{datasets.TableStats.Schema},
	Figures: []Figure{
		{Label: "IPv4 prefixes", Lead: true},
		{Label: "IPv6 prefixes", Lead: true},
	},
	Chart: &Chart{
		Kind: "line", X: "dump_time", Y: "prefixes", Series: "series",
		YName: "prefixes", Log: true, Low: "vantage_min", High: "vantage_max", Break: "break",
	},
})
