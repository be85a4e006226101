package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed prefix-lengths.sql
var prefixLengthsSQL string

var prefixLengths = &Question{
	Slug: "prefix-lengths", Title: "How long are the prefixes of the table?", Section: "Routing", RFCs: []int{4632, 4291},
	Datasets: []*table.Schema{datasets.TableStats.Schema}, SQL: prefixLengthsSQL,
	Definition: `Distinct prefixes of the newest dump of each family by their length, after the table filter (IPv4 /8 to /24, IPv6 /16 to /48). The share is of all prefixes of the family.`,
	Prose: `{{range $version := each "IPv4" "IPv6"}}{{with where "version" $version $}}{{$top := largest "prefixes" .}}
{{pct $top.share}} of the {{num (sum "prefixes" .)}} {{$version}} prefixes that {{$top.collector}} saw on {{day $top.dump_time}} are {{$top.length}}. {{end}}{{end}}`,
	Chart: &Chart{Kind: "bar", X: "length", Y: "prefixes", Series: "version", YName: "prefixes", Log: true},
}
