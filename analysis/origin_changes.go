package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed origin-changes.sql
var originChangesSQL string

var originChanges = &Question{
	Slug: "origin-changes", Title: "What is new in the table?", Section: "Routing", RFCs: []int{4271, 6811},
	Datasets: []*table.Schema{datasets.RouteStates.Schema}, SQL: originChangesSQL,
	Definition: `Pairs of prefix and origin in the newest dumps that the dumps before did not have: those of the same collectors, at most eight days old. The prefix is new as well; or it had another origin; or it has one origin more than before (MOAS). At most 20,000 are listed, changed origins first.`,
	Prose:      `{{with first .}}On {{day .time}} {{num (len $)}} pairs of prefix and origin were new: {{num (len (where "change" "new prefix" $))}} with a new prefix, {{num (len (where "change" "another origin" $))}} in place of another origin and {{num (len (where "change" "one more origin" $))}} beside one.{{end}}`,
	Notes:      []string{"A changed origin is no hijack by itself: networks are sold, merged and renumbered. Verdict and state of route origin validation tell more, and so do the witnesses."},
}
