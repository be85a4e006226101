package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed ipv6-servers.sql
var ipv6ServersSQL string

var ipv6Servers = &Question{
	Slug: "ipv6-servers", Title: "Do name servers and mail exchangers have IPv6?", Section: "IPv6", RFCs: []int{3901, 9210, 3974, 5321},
	Datasets: []*table.Schema{datasets.DomainAddresses.Schema}, SQL: ipv6ServersSQL,
	Definition: `Distinct hosts that the NS and MX records of the probed domains name. with_ipv6: those with a global AAAA, as a share with Wilson’s interval at 95 %. tried: those of them that were asked over IPv6 (a name server for the zone, a mail exchanger on port 25 where that is allowed). working: all their IPv6 addresses gave the right answer for every domain. domains_with_two: domains of which two such hosts at least have a global AAAA, as internet.nl asks of name servers.`,
	Prose:      `{{range $servers := each "name servers" "mail exchangers"}}{{with where "servers" $servers $}}{{with newest "run_time" .}}On {{day .run_time}} {{num .with_ipv6}} of {{num .hosts}} {{.servers}} ({{pct .share}}) had a global AAAA{{if .tried}}, and {{num .working}} of the {{num .tried}} that were tried worked over IPv6{{end}}; {{num .domains_without}} of {{num .domains}} domains depend on such without. {{end}}{{end}}{{end}}`,
	Chart:      &Chart{Kind: "line", X: "run_time", Y: "share", Series: "servers", YName: "share of hosts with a global AAAA", Low: "low", High: "high"},
	Notes:      []string{"A host counts once however many domains use it, so the share is of servers, not of domains; readiness by domain is another question."},
}
