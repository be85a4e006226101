package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed ipv6-bad-addresses.sql
var ipv6BadAddressesSQL string

var ipv6BadAddresses = &Question{
	Slug: "ipv6-bad-addresses", Title: "Which AAAA records are broken or invalid?", Section: "IPv6", RFCs: []int{3596, 4291, 4193, 6890, 8190, 6052, 8215},
	Datasets: []*table.Schema{datasets.DomainAddresses.Schema}, SQL: ipv6BadAddressesSQL,
	Definition: `AAAA records of the newest run’s web hosts, name servers and mail exchangers that lead nowhere. special-purpose: the registry of the run’s day has the address in a block that is not globally reachable, or it is a translator’s; the line of the registry stands beside it, and the IPv4 address that it carries. does not work: a global address at which a service fails that was tried; the services stand beside it with what became of them. At most 20,000.`,
	Prose:      `{{with first .}}On {{day .run_time}} {{num (len (where "problem" "special-purpose" $))}} AAAA records held special-purpose addresses, and {{num (len (where "problem" "does not work" $))}} led to an address that does not answer or does not work.{{end}} {{num (distinct "domain" .)}} domains are concerned.`,
	Notes:      []string{"A name server or mail exchanger of several domains stands here once for each of them.", "Seen from one vantage point, at most three times in a run."},
}
