package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed decoder-findings.sql
var decoderFindingsSQL string

var decoderFindings = &Question{
	Slug: "decoder-findings", Title: "What do dumps hold that the standards did not expect?", Section: "Routing", RFCs: []int{7606, 8050, 6396, 7911},
	Datasets: []*table.Schema{datasets.DecoderNotes.Schema}, SQL: decoderFindingsSQL,
	Definition: `What the decoder of MRT files met and counted, by the year of the file: attributes that RFC 7606 says how to treat, records that RFC 6396 does not define or that are cut, and prefixes whose path identifiers (RFC 7911) stand in records that do not say so (RFC 8050).`,
	Prose:      `{{num (sum "occurrences" .)}} findings are on record{{with first (where "document" "RFC 7606" .)}}; among them {{num .occurrences}} of “{{.finding}}” in files of {{.year}}{{end}}.`,
}
