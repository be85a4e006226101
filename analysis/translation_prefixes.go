package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed translation-prefixes.sql
var translationPrefixesSQL string

var translationPrefixes = &Question{
	Slug: "translation-prefixes", Title: "Are the prefixes of RFC 6052, 8215 and 6598 seen in the routing table?", Section: "Standards", RFCs: []int{6052, 8215, 6598},
	Datasets: []*table.Schema{datasets.RouteStates.Schema}, SQL: translationPrefixesSQL,
	Definition: `Pairs of prefix and origin at an hour whose prefix equals one of the blocks or lies inside it: 64:ff9b::/96, the well-known prefix of IPv4/IPv6 translators (RFC 6052), which is globally reachable; 64:ff9b:1::/48, for translation inside a network (RFC 8215), and 100.64.0.0/10, the shared address space of carrier-grade NAT (RFC 6598), which are not.

Routes are counted before the table filter, which would take 64:ff9b::/96 out.`,
	Prose: `{{range $document := each "RFC 6052" "RFC 8215" "RFC 6598"}}{{with where "document" $document $}}{{with last .}}
On {{day .time}} {{num .routes}} {{if eq .routes 1}}route{{else}}routes{{end}} of {{.block}} ({{$document}}) {{if eq .routes 1}}was{{else}}were{{end}} seen. {{end}}{{end}}{{end}}`,
	Chart: &Chart{Kind: "line", X: "time", Y: "routes", Series: "document", YName: "routes in the document's block"},
	Notes: []string{"Absence from a collector is no proof of absence from a network: peers filter what is not globally reachable."},
}
