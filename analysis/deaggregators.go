package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed deaggregators.sql
var deaggregatorsSQL string

var deaggregators = &Question{
	Slug: "deaggregators", Title: "Which networks announce more than they need?", Section: "Routing", RFCs: []int{4632},
	Datasets: []*table.Schema{datasets.Aggregations.Schema, datasets.ASNames.Schema}, SQL: deaggregatorsSQL,
	Definition: `The fifty origin ASes of each collector’s newest dump that maximum aggregation would save most prefixes, by family.`,
	Prose:      `{{with first .}}On {{day .dump_time}} {{.origin}} announced {{num .announced}} IPv{{.family}} prefixes at {{.collector}} where {{num .aggregated}} would do.{{end}}`,
	Chart:      &Chart{Kind: "bar", X: "origin", Y: "reduction", Series: "family", YName: "prefixes that could be spared"},
}
