package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed nat64-seen.sql
var nat64SeenSQL string

var nat64Seen = &Question{
	Slug: "nat64-seen", Title: "Which NAT64 and DNS64 are seen from here?", Section: "IPv6", RFCs: []int{7050, 6052, 8215, 8781, 6146, 6147, 6877, 8880, 9872},
	Datasets: []*table.Schema{datasets.VantageChecks.Schema}, SQL: nat64SeenSQL,
	Definition: `What the checks of each connection found of translation between the families. The resolver is asked for the AAAA of ipv4only.arpa, which has none: what comes back was synthesised, and 192.0.0.170 and 192.0.0.171 in it show the prefix, at one of the six places of RFC 6052 section 2.2 (RFC 7050). The prefix is classed as well-known (64:ff9b::/96, RFC 6052), local-use (out of 64:ff9b:1::/48, RFC 8215) or network-specific (RFC 6052 section 2.2). Prefixes that routers advertise are read from their advertisements (RFC 8781). Through each prefix a control host is connected to by its IPv4 address.

Answers that a DNS64 made never count for the readiness of a domain.`,
	Prose: `{{with where "what" "prefix found" .}}{{$last := first .}}The checks of {{day $last.run_time}} at {{$last.vantage}} found the prefix {{$last.target}}, {{$last.class}} ({{$last.rfc}}); over all runs {{num (distinct "target" .)}} {{if eq (distinct "target" .) 1}}prefix was{{else}}different prefixes were{{end}} seen.{{else}}No run of the checks found a prefix for translation: the resolvers of these connections do not synthesise.{{end}}`,
	Notes: []string{"A network that translates without DNS64, by advertisements alone, shows only where these could be read."},
}
