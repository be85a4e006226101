package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed vantage-abilities.sql
var vantageAbilitiesSQL string

var vantageAbilities = &Question{
	Slug: "vantage-abilities", Title: "What can this connection do over IPv6?", Section: "IPv6", RFCs: []int{8200, 8201, 6724, 8305, 3901, 7050, 6052},
	Datasets: []*table.Schema{datasets.VantageChecks.Schema}, SQL: vantageAbilitiesSQL,
	Definition: `The checks that a connection runs on itself, a row a run. The score has ten points: one for a global IPv6 address with a default route, three for control hosts reached over IPv6 (one where only some are), one if nothing is lost by preferring IPv6, two for exchanges larger than a packet, one for a resolver that gives AAAA records, one for a resolver reached over IPv6, and one if IPv4 is reached, by itself or through a NAT64. A run in which not everything could be tested has no score.

most_lost_ms is what a client that prefers IPv6 and waits 250 ms for it (RFC 8305) would lose at the worst control: a model of latency, no test. ipv6_path_mtu is the largest packet that passed to the worst control, in bytes; a black hole is a path that loses larger ones without the ICMPv6 message that says so (RFC 8201).`,
	Prose: `{{with newest "run_time" .}}On {{day .run_time}} {{.vantage}} {{if .score}}reached {{num .score}} of 10 points{{else}}could not be tested wholly{{end}}: {{num .ipv6_reached}} of {{num .ipv6_tried}} control hosts over IPv6, {{num .ipv4_reached}} of {{num .ipv4_tried}} over IPv4{{if .black_holes}}; {{num .black_holes}} {{if eq .black_holes 1}}path loses{{else}}paths lose{{end}} large packets without a word{{end}}.{{end}}`,
	Chart: &Chart{Kind: "line", X: "run_time", Y: "score", Series: "vantage", YName: "points of 10"},
	Notes: []string{"One connection says nothing of others. It tells how far the verdicts of the probes that ran on it can be trusted."},
}
