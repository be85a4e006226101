package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed ipv6-funnel.sql
var ipv6FunnelSQL string

var ipv6Funnel = &Question{
	Slug: "ipv6-funnel", Title: "At which step do domains fail over IPv6?", Section: "IPv6", RFCs: []int{3596, 3901, 9293, 8446, 9110},
	Datasets: []*table.Schema{datasets.DomainReadinesses.Schema, datasets.DomainAddresses.Schema, datasets.IPv6Probes.Schema}, SQL: ipv6FunnelSQL,
	Definition: `The domains of the newest run whose web and name service could be judged, step by step: has an AAAA; has one that is global; all name servers answer over IPv6 with authority; every web address takes a TCP connection; TLS comes to its end; HTTP answers; and no web host lacks an AAAA or answers otherwise than over IPv4. A domain is counted at a step if it passed all before, so each bar is a part of the one before.

Services that the domain does not offer over either family do not count, nor do AAAA that are special-purpose or were made by a DNS64.`,
	Prose: `{{with first .}}On {{day .run_time}}, of {{num .domains}} domains that could be judged,{{end}} {{with last .}}{{num .domains}} ({{if .share_of_judged}}{{pct .share_of_judged}}{{else}}0 %{{end}}) pass every step.{{end}} {{with largest "lost_here" .}}Most are lost where the step is “{{.step}}”: {{num .lost_here}}.{{end}}`,
	Chart: &Chart{Kind: "bar", X: "step", Y: "domains", YName: "domains that pass this step and those before"},
	Notes: []string{"A certificate that holds over neither family is no fault of IPv6 and does not count here; one that holds over IPv4 only does, in the last step.", "The order of the steps decides which one a domain with several faults is lost at.", "A domain can lose here and still work in a browser, which falls back to IPv4 (RFC 8305)."},
}
