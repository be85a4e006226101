package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed ipv6-readiness.sql
var ipv6ReadinessSQL string

var ipv6Readiness = &Question{
	Slug: "ipv6-readiness", Title: "Which domains are ready for IPv6?", Section: "IPv6", RFCs: []int{8200, 3596, 8305, 7505},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema}, SQL: ipv6ReadinessSQL,
	Definition: `Domains of a probe run by service: web (apex and www over HTTP and HTTPS), dns (name servers), mail (mail exchangers), and domain: all three.

ready: all IPv6 addresses work, and answer as IPv4 does. v6-only: they do, and there is no IPv4. partial: some work. broken: there is a global AAAA, none works, IPv4 does. invalid-aaaa: every AAAA is a special-purpose address. none: no AAAA. n/a: the service is not offered (null MX, RFC 7505). unknown: an error kept the probe from telling.

The ready share is (ready + v6-only) / judged; judged leaves out n/a and unknown only. low and high are Wilson’s interval at 95 %. share_of_all has the same domains over all that were probed. The level is told by a sample drawn anew for each run, or the whole list; the trend by a panel that stays the same.`,
	Prose: `{{$last := last .}}{{$now := where "sample" $last.sample (where "run_time" $last.run_time .)}}On {{day $last.run_time}}
{{range $now}}{{if .judged}}{{pct .ready_share}} ({{pct .low}} to {{pct .high}}) of {{num .judged}} judged domains were ready for {{if eq .service "domain"}}web, mail and DNS together{{else}}{{.service}}{{end}} over IPv6; {{else}}no domain could be judged for {{.service}}; {{end}}{{end}} domains that could not be judged are left out of the share and shown in the table.`,
	Figures: []Figure{{Label: "Domains ready for IPv6 (web)", Value: `{{with where "service" "web" .}}{{with last .}}{{if .judged}}{{pct .ready_share}}{{end}}{{end}}{{end}}`, Lead: true}},
	Chart:   &Chart{Kind: "line", X: "run_time", Y: "ready_share", Series: "series", YName: "share of judged domains that are ready", Low: "low", High: "high"},
	Notes: []string{"One vantage point: what is unreachable from here may be reachable from elsewhere.", "Where port 25 was not to be connected to, mail is judged by address records.",
		"The interval is that of a random sample of the list; the list itself is no random sample of the Internet."},
}
