package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed path-lengths.sql
var pathLengthsSQL string

var pathLengths = &Question{
	Slug: "path-lengths", Title: "How long are AS paths?", Section: "Routing", RFCs: []int{4271},
	Datasets: []*table.Schema{datasets.TableStats.Schema}, SQL: pathLengthsSQL,
	Definition: `Length of the AS paths of full-feed peers, over all entries of the dump: with prepending removed, the peer counted, an AS_SET as one AS and confederations as none; and as sent, prepending counted.`,
	Prose:      `{{range $family := each "4" "6"}}{{with where "family" $family $}}{{with newest "dump_time" .}}On {{day .dump_time}} an IPv{{$family}} path at {{.collector}} had {{dec .mean}} ASes in the mean, {{dec .mean_as_sent}} with prepending. {{end}}{{end}}{{end}}`,
	Chart:      &Chart{Kind: "line", X: "dump_time", Y: "mean", Series: "series", YName: "ASes in the mean path", Low: "vantage_min", High: "vantage_max"},
	Notes:      []string{"Each collector is a series of its own: another set of peers sees another table."},
}
