package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed moas-prefixes.sql
var moasPrefixesSQL string

var moasPrefixes = &Question{
	Slug: "moas-prefixes", Title: "How many prefixes have several origins?", Section: "Routing", RFCs: []int{1930, 6472},
	Datasets: []*table.Schema{datasets.TableStats.Schema}, SQL: moasPrefixesSQL,
	Definition: `Prefixes of the filtered table with two or more origin ASes in one dump (MOAS), over all its peers. Prefixes with a path that ends in an AS_SET are counted apart.`,
	Prose:      `{{range $family := each "4" "6"}}{{with where "family" $family $}}{{with newest "dump_time" .}}On {{day .dump_time}} {{num .moas_prefixes}} IPv{{$family}} prefixes at {{.collector}} had several origins. {{end}}{{end}}{{end}}`,
	Chart:      &Chart{Kind: "line", X: "dump_time", Y: "moas_prefixes", Series: "series", YName: "prefixes with several origins"},
	Notes:      []string{"More peers see more origins of a prefix: collectors cannot be compared with each other."},
}
