package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed ipv6-causes.sql
var ipv6CausesSQL string

var ipv6Causes = &Question{
	Slug: "ipv6-causes", Title: "Why are domains not ready for IPv6?", Section: "IPv6", RFCs: []int{8200, 3596},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema}, SQL: ipv6CausesSQL,
	Definition: `The domains of each run whose web service is not ready, by what decided: no-aaaa: there is none. special-aaaa: an AAAA is a special-purpose address. refused, timeout, unreachable: no IPv6 address takes a connection. tls, http-error: it does, and what follows fails. some-fail: some addresses work and some do not. host-without-aaaa: apex or www has none. differs: status, page or certificate are others than over IPv4. lookup-failed, no-baseline, dns64, skipped: the probe could not tell. The share is of the domains that are not ready; n/a is left out.`,
	Prose:      `{{$last := last .}}{{$now := where "run_time" $last.run_time .}}On {{day $last.run_time}} {{num (sum "domains" $now)}} domains were not ready for web over IPv6. {{with largest "domains" $now}}The most frequent reason is {{.cause}}, with {{pct .share_of_not_ready}} of them.{{end}}`,
	Chart:      &Chart{Kind: "stacked", X: "run_time", Y: "domains", Series: "cause", YName: "domains that are not ready"},
}
