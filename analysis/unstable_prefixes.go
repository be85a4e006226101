package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed unstable-prefixes.sql
var unstablePrefixesSQL string

var unstablePrefixes = &Question{
	Slug: "unstable-prefixes", Title: "Which prefixes change most?", Section: "Routing", RFCs: []int{4271, 2439},
	Datasets: []*table.Schema{datasets.Updates.Schema}, SQL: unstablePrefixesSQL,
	Definition: `The hundred prefixes with the most announcements and withdrawals of the newest day with update files, over all peers.`,
	Prose:      `{{with first .}}On {{day .day}} the prefix with the most changes was {{.prefix}}: {{num .announcements}} announcements and {{num .withdrawals}} withdrawals at {{num .peers}} peers.{{end}}`,
	Chart:      &Chart{Kind: "bar", X: "prefix", Y: "announcements", YName: "announcements of the day"},
}
