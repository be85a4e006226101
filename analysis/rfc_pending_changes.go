package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcPendingChanges = question(Question{
	Slug:    "rfc-pending-changes",
	Title:   "Which drafts would change a watched RFC?",
	Section: "Standards",
	Subject: "Changes",
	Tab:     "Pending drafts",
	RFCs:    []int{2026, 7322},
	Basis: Basis{
		AsOf: "as_of", Known: "read_drafts", Of: "active_drafts", Things: "headers of active drafts", Remedy: "the texts of the drafts",
	},
	Datasets: []*table.Schema{datasets.IntendedRelations.Schema, datasets.Drafts.Schema, datasets.DraftHeaders.Schema},
})
