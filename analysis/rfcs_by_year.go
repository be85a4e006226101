package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// currentRFCsSQL begins the queries on the series as it is now, from the snapshots in all their forms.
//
//go:embed current-rfcs.sql
var currentRFCsSQL string

//go:embed rfcs-by-year.sql
var rfcsByYearSQL string

var rfcsByYear = &Question{
	Slug: "rfcs-by-year", Title: "How many RFCs appear each year, and what became of them?", Section: "Standards", RFCs: []int{2026, 6410, 8729},
	Datasets: []*table.Schema{datasets.RFCs.Schema}, SQL: currentRFCsSQL + rfcsByYearSQL,
	Definition: `RFCs of the newest index snapshot by the year of their publication and their current status. Numbers that were never issued are left out. What the newest snapshot does not tell is taken from the newest one that does.`,
	Prose:      `{{$last := last .}}The index of {{day $last.snapshot_date}} has {{num (sum "rfcs" .)}} RFCs; {{num (sum "rfcs" (where "status" "internet standard" .))}} of them are Internet Standards and {{num (sum "rfcs" (where "status" "proposed standard" .))}} Proposed Standards.`,
	Figures:    []Figure{{"RFCs", `{{num (sum "rfcs" .)}}`, true}},
	Chart:      &Chart{Kind: "stacked", X: "year", Y: "rfcs", Series: "status", YName: "RFCs"},
	Notes:      []string{"The newest year is complete only up to the day of the snapshot."},
}
