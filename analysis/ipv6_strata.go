package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed ipv6-strata.sql
var ipv6StrataSQL string

var ipv6Strata = &Question{
	Slug: "ipv6-strata", Title: "Are popular domains readier for IPv6 than others?", Section: "IPv6", RFCs: []int{8200, 3596, 8305},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema}, SQL: ipv6StrataSQL,
	Definition: `The ready share of each service by stratum: 1k holds the ranks 1 to 1,000 of the list, 10k those from 1,001 to 10,000, and so on. Strata do not overlap, so that each speaks for its own part of the list. Shares, denominators and Wilson’s interval are those of the question on readiness.`,
	Prose:      `{{$last := last .}}{{$now := where "service" "web" (where "run_time" $last.run_time .)}}On {{day $last.run_time}}, of the judged domains, ready for web over IPv6 were {{range $i, $r := $now}}{{if $i}}, {{end}}{{if $r.judged}}{{pct $r.ready_share}} of {{num $r.judged}}{{else}}none that could be judged{{end}} in the stratum {{$r.stratum}}{{end}}.`,
	Chart:      &Chart{Kind: "line", X: "run_time", Y: "ready_share", Series: "series", YName: "share of judged domains that are ready"},
	Notes:      []string{"Two strata differ for certain only where their intervals do not overlap."},
}
