package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed ipv6-against-ipv4.sql
var ipv6AgainstIPv4SQL string

var ipv6AgainstIPv4 = &Question{
	Slug: "ipv6-against-ipv4", Title: "How does IPv6 stand beside IPv4 in routing?", Section: "Routing", RFCs: []int{8200},
	Datasets: []*table.Schema{datasets.TableStats.Schema}, SQL: ipv6AgainstIPv4SQL,
	Definition: `IPv6 as a share of IPv4 in the same dump: prefixes, origin ASes, transit ASes and distinct paths. Dumps of one family only are left out.`,
	Prose:      `{{with where "metric" "origin_ases" .}}{{with newest "dump_time" .}}On {{day .dump_time}} {{.collector}} saw {{dec .percent}} % as many ASes originate IPv6 as IPv4.{{end}}{{end}}`,
	Chart:      &Chart{Kind: "line", X: "dump_time", Y: "percent", Series: "series", YName: "percent of IPv4"},
}
