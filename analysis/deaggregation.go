package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed deaggregation.sql
var deaggregationSQL string

var deaggregation = &Question{
	Slug: "deaggregation", Title: "How much smaller could the table be?", Section: "Routing", RFCs: []int{4632},
	Datasets: []*table.Schema{datasets.Aggregations.Schema}, SQL: deaggregationSQL,
	Definition: `Maximum aggregation by origin AS: of the prefixes that an AS originates those inside another one of its own go, and two halves become one, until nothing changes. The deaggregation factor is what is announced over what is left. Whether the paths of two prefixes are the same is not asked, so some of it is traffic engineering.`,
	Prose:      `{{range $family := each "4" "6"}}{{with where "family" $family $}}{{with newest "dump_time" .}}On {{day .dump_time}} the IPv{{$family}} table of {{.collector}} could have been {{dec .percent_saved}} % smaller: {{num .aggregated}} instead of {{num .announced}} routes. {{end}}{{end}}{{end}}`,
	Chart:      &Chart{Kind: "line", X: "dump_time", Y: "factor", Series: "series", YName: "deaggregation factor", Low: "vantage_min", High: "vantage_max"},
}
