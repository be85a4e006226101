package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed left-out.sql
var leftOutSQL string

var leftOut = &Question{
	Slug: "left-out", Title: "What does the table filter take out?", Section: "Routing", RFCs: []int{4632},
	Datasets: []*table.Schema{datasets.TableStats.Schema}, SQL: leftOutSQL,
	Definition: `Prefixes that the other figures do not count, by the reason: default routes; IPv4 prefixes shorter than /8 or longer than /24; IPv6 prefixes shorter than /16 or longer than /48. All prefixes of a dump are those of the table and these.`,
	Prose:      `{{with newest "dump_time" .}}On {{day .dump_time}} {{.collector}} had {{num .prefixes}} IPv{{.family}} prefixes left out as {{.reason}}.{{end}}`,
	Chart:      &Chart{Kind: "line", X: "dump_time", Y: "prefixes", Series: "series", YName: "prefixes left out", Log: true},
}
