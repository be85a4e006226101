package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed rfc-status-changes.sql
var rfcStatusChangesSQL string

var rfcStatusChanges = &Question{
	Slug: "rfc-status-changes", Title: "How long do RFCs stay in a status?", Section: "Standards", RFCs: []int{2026, 6410},
	Datasets: []*table.Schema{datasets.RFCEvents.Schema, datasets.RFCs.Schema}, SQL: rfcStatusChangesSQL,
	Definition: `Changes of status that two snapshots of the index show, and the median of the years from publication to the change: at least those to the snapshot before it, at most those to the first that shows it.`,
	Prose:      `{{with first .}}The most frequent change, {{num .changes}} times, is that from {{.status}} to {{.next_status}}, in the median {{dec .median_years_at_least}} to {{dec .median_years_at_most}} years after publication.{{end}}`,
	Notes:      []string{"The distance of the snapshots bounds the precision.", "A document that changed twice between two snapshots counts once."},
}
