package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed ipv6-hosting.sql
var ipv6HostingSQL string

var ipv6Hosting = &Question{
	Slug: "ipv6-hosting", Title: "Which networks host domains over IPv6?", Section: "IPv6", RFCs: []int{4271, 6811, 3596},
	Datasets: []*table.Schema{datasets.DomainAddresses.Schema}, SQL: ipv6HostingSQL,
	Definition: `Global AAAA records of apex and www in the newest run, by the origin AS of the longest prefix of the filtered routing table that holds the address, as of the newest table at or before the run and at most 31 days old. Of several origins the most visible counts. visibility: mean share of the full-feed peers that carry the prefix. rov_valid_share: share of the addresses whose route is valid by the payloads of the table’s day (RFC 6811). The 200 networks with most domains.`,
	Prose:      `{{with first .}}On {{day .run_time}}{{if .origin_asn}} {{.network}} hosted most domains over IPv6: {{num .domains}}, {{pct .share_of_domains}} of those with a global AAAA.{{else}} no address could be found in the table.{{end}}{{end}} {{with where "network" "not in the routing table" .}}{{with first .}}{{num .domains}} {{if eq .domains 1}}domain has{{else}}domains have{{end}} an AAAA that no route leads to.{{end}}{{end}}`,
	Chart:      &Chart{Kind: "bar", X: "network", Y: "domains", YName: "domains with a global AAAA"},
	Notes:      []string{"The origin of a route is the network that announces the address, which may be a content delivery network in front of the site.", "A domain with addresses in two networks counts for both."},
}
