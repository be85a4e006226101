package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed more-specifics.sql
var moreSpecificsSQL string

var moreSpecifics = &Question{
	Slug: "more-specifics", Title: "How many prefixes lie inside others?", Section: "Routing", RFCs: []int{4632},
	Datasets: []*table.Schema{datasets.TableStats.Schema}, SQL: moreSpecificsSQL,
	Definition: `A root prefix is covered by no other prefix of the table, a more specific one is. The table is that of all peers together after the filter. percent_same_path is the share of the more specifics that take the same path as the prefix around them, prepending removed, at the median vantage: those change nothing for that vantage.`,
	Prose:      `{{range $family := each "4" "6"}}{{with where "family" $family $}}{{with newest "dump_time" .}}On {{day .dump_time}} {{dec .percent_more_specific}} % of the IPv{{$family}} prefixes at {{.collector}} lay inside another one. {{end}}{{end}}{{end}}`,
	Chart:      &Chart{Kind: "line", X: "dump_time", Y: "percent_more_specific", Series: "series", YName: "percent of the prefixes", Low: "vantage_min", High: "vantage_max"},
	Notes:      []string{"Each collector is a series of its own: another set of peers sees another table."},
}
