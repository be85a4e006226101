package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed rfc-changes.sql
var rfcChangesSQL string

var rfcChanges = &Question{
	Slug: "rfc-changes", Title: "What changed between snapshots of the RFC index?", Section: "Standards", RFCs: []int{2026, 7322},
	Datasets: []*table.Schema{datasets.RFCEvents.Schema}, SQL: rfcChangesSQL,
	Definition: `Events between each snapshot of the index and what was known before it, by kind. An event happened at some time between the two. A field that a form of the index cannot tell is compared with the newest snapshot that told it, and what a new document states of itself is part of its publication.`,
	Prose:      `{{$last := last .}}{{$now := where "snapshot" $last.snapshot .}}The snapshot of {{$last.snapshot}} shows against what was known before that {{num (sum "events" (where "kind" "published" $now))}} RFCs were published, {{num (sum "events" (where "kind" "status" $now))}} changed their status and {{num (sum "events" (where "kind" "relation-added" $now))}} relations were added to older ones.`,
	Chart:      &Chart{Kind: "stacked", X: "snapshot", Y: "events", Series: "kind", YName: "events"},
	Notes:      []string{"The intervals differ in length: they are the days on which the index was kept."},
}
