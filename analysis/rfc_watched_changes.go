package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed rfc-watched-changes.sql
var rfcWatchedChangesSQL string

var rfcWatchedChanges = &Question{
	Slug: "rfc-watched-changes", Title: "What happened to the watched RFCs?", Section: "Standards",
	RFCs:     []int{6052, 8215, 6598, 6146, 6147, 6877, 7050, 8781, 8880, 9872, 8200, 4291, 6724, 8305, 4271, 6396, 8050, 6811, 7606, 6890},
	Datasets: []*table.Schema{datasets.RFCEvents.Schema}, SQL: rfcWatchedChangesSQL,
	Definition: `Every event of the watched documents: IPv4/IPv6 translation, addressing, BGP, MRT and RPKI. It happened after the first day and until the second; a publication carries the month that the document itself names.`,
	Prose:      `{{num (len .)}} events are on record; the newest is of {{with first .}}{{.document}}, {{.title}} ({{.kind}}{{if .relation}} {{.relation}} {{.now}}{{end}}), by {{day .until}}{{end}}.`,
}
