package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed translation-answers.sql
var translationAnswersSQL string

var translationAnswers = &Question{
	Slug: "translation-answers", Title: "Do domains publish addresses of translators and of shared space?", Section: "Standards", RFCs: []int{6052, 8215, 6598},
	Datasets: []*table.Schema{datasets.IPv6Probes.Schema}, SQL: translationAnswersSQL,
	Definition: `Domains with a host whose A or AAAA records, as the resolver of the probe gives them, lie in a block that no public name should lead to: 64:ff9b::/96 (RFC 6052) and 64:ff9b:1::/48 (RFC 8215) are addresses of translators, 100.64.0.0/10 (RFC 6598) lies behind carrier-grade NAT. An AAAA record in the first two can also be made by the resolver itself, if it does DNS64.`,
	Prose:      `{{range $document := each "RFC 6052" "RFC 8215" "RFC 6598"}}{{with where "document" $document $}}{{with last .}}{{num .domains}} {{if eq .domains 1}}domain has{{else}}domains have{{end}} an address in {{.block}} ({{$document}}). {{end}}{{end}}{{end}}`,
}
