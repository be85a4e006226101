package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed ipv6-routes.sql
var ipv6RoutesSQL string

var ipv6Routes = &Question{
	Slug: "ipv6-routes", Title: "Are the IPv6 addresses of domains routed, and are the routes valid?", Section: "IPv6", RFCs: []int{6811, 4271},
	Datasets: []*table.Schema{datasets.DomainAddresses.Schema}, SQL: ipv6RoutesSQL,
	Definition: `Distinct global IPv6 addresses of web hosts, name servers and mail exchangers of a run, by the state of route origin validation (RFC 6811) of the longest route of the filtered table to them. not routed: no prefix of the table holds the address. no table: none of the 31 days before the run is at hand. not_global counts those whose route is carried by less than half of the full-feed peers.`,
	Prose:      `{{$last := last .}}{{$now := where "run_time" $last.run_time .}}On {{day $last.run_time}} {{with where "state" "valid" $now}}{{pct (sum "share" .)}}{{else}}none{{end}} of {{num (sum "addresses" $now)}} IPv6 addresses had a valid route{{with where "state" "not routed" $now}}, and {{num (sum "addresses" .)}} had none at all{{end}}.`,
	Chart:      &Chart{Kind: "stacked", X: "run_time", Y: "share", Series: "state", YName: "share of addresses"},
}
