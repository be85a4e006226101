package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed address-span.sql
var addressSpanSQL string

var addressSpan = &Question{
	Slug: "address-span", Title: "How much address space is announced?", Section: "Routing", RFCs: []int{4632, 4291},
	Datasets: []*table.Schema{datasets.TableStats.Schema}, SQL: addressSpanSQL,
	Definition: `Size of the union of the table’s prefixes: for IPv4 in addresses, for IPv6 in /64s; as blocks in /8s and /32s; as a share of all IPv4 addresses and of 2000::/3; and the length of the prefix that would be the average of the table: 32 (or 64) − log2(span ÷ prefixes).`,
	Prose:      `{{range $family := each "4" "6"}}{{with where "family" $family $}}{{with newest "dump_time" .}}On {{day .dump_time}} {{.collector}} saw {{dec .span_in_blocks}} {{if eq $family "4"}}/8s of IPv4{{else}}/32s of IPv6{{end}} announced, in prefixes of /{{dec .average_length}} on average. {{end}}{{end}}{{end}}`,
	Chart:      &Chart{Kind: "line", X: "dump_time", Y: "percent_of_unicast", Series: "series", YName: "percent of the unicast space", Log: true, Low: "vantage_min", High: "vantage_max"},
	Notes:      []string{"Each collector is a series of its own: another set of peers sees another table."},
}
