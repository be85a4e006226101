package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed table-growth.sql
var tableGrowthSQL string

var tableGrowth = &Question{
	Slug: "table-growth", Title: "How fast does the routing table grow?", Section: "Routing", RFCs: []int{4271, 4632, 6396},
	Datasets: []*table.Schema{datasets.TableStats.Schema}, SQL: tableGrowthSQL,
	Definition: `Distinct prefixes of a dump, by family, after the table filter: no default route, IPv4 from /8 to /24, IPv6 from /16 to /48. What the filter takes out stands in table_stats as left_out.

The vantages are the peers that send a full table: those that carry at least 90 % of the prefixes that half of the large peers carry.`,
	Prose: `{{range $family := each "4" "6"}}{{$rows := where "family" $family $}}{{if $rows}}{{$last := newest "dump_time" $rows}}
On {{day $last.dump_time}} {{$last.collector}} saw {{num $last.prefixes}} IPv{{$family}} prefixes{{if gt (len $rows) 1}}; the oldest of {{len $rows}} dumps, of {{with oldest "dump_time" $rows}}{{day .dump_time}}, has {{num .prefixes}}{{end}}{{end}}. {{end}}{{end}}`,
	Figures: []Figure{
		{"IPv4 prefixes", `{{with where "family" 4 .}}{{with newest "dump_time" .}}{{num .prefixes}}{{end}}{{end}}`, true},
		{"IPv6 prefixes", `{{with where "family" 6 .}}{{with newest "dump_time" .}}{{num .prefixes}}{{end}}{{end}}`, true},
	},
	Chart: &Chart{Kind: "line", X: "dump_time", Y: "prefixes", Series: "series", YName: "prefixes", Log: true, Low: "vantage_min", High: "vantage_max", Break: "break"},
	Notes: []string{
		"Each collector is a series of its own: another set of peers sees another table.",
		"A step in a series can be a new peer instead of growth: a change of the full-feed peers is marked as a break.",
	},
}
