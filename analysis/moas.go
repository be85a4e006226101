package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed moas.sql
var moasSQL string

var moas = &Question{
	Slug: "moas", Title: "Which prefixes have several origins?", Section: "Routing", RFCs: []int{1930},
	Datasets: []*table.Schema{datasets.RouteStates.Schema}, SQL: moasSQL,
	Definition: `Prefixes of the newest dumps that two or more ASes originate, with the verdict on each origin and its state in route origin validation. AS_SET origins are left out.`,
	Prose:      `{{with first .}}On {{day .time}} {{num (len $)}} prefixes had several origins; {{.prefix}} had {{num .origins}}.{{end}}`,
	Notes:      []string{"Several origins are no fault by themselves: multihomed sites and anycast have them too."},
}
