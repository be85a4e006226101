package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed origin-ases.sql
var originASesSQL string

var originASes = &Question{
	Slug: "origin-ases", Title: "How many networks originate prefixes?", Section: "Routing", RFCs: []int{4271, 6793},
	Datasets: []*table.Schema{datasets.TableStats.Schema}, SQL: originASesSQL,
	Definition: `Origin ASes stand last in a path of the filtered table; AS_SET origins are left out. Transit ASes stand left of the last one in a path with prepending removed. Stub ASes are origins that no path shows as transit. 32-bit ASNs are origin ASes over 65535. A MOAS prefix has two or more origin ASes in one dump.`,
	Prose: `{{range $family := each "4" "6"}}{{with where "family" $family $}}{{with newest "dump_time" .}}
On {{day .dump_time}} {{num .origin_ases}} ASes originated IPv{{$family}} prefixes at {{.collector}}{{if .transit_ases}}; {{pct (share .stub_ases .origin_ases)}} of them gave transit to nobody{{end}}. {{end}}{{end}}{{end}}`,
	Figures: []Figure{{"Origin ASes (IPv4)", `{{with where "family" 4 .}}{{with newest "dump_time" .}}{{num .origin_ases}}{{end}}{{end}}`, false}},
	Chart:   &Chart{Kind: "line", X: "dump_time", Y: "origin_ases", Series: "series", YName: "origin ASes", Log: true, Low: "vantage_min", High: "vantage_max"},
	Notes:   []string{"Who gives transit is told from the paths that the peers of a collector send: links that none of them uses are not seen."},
}
