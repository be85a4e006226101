package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcCitations = question(Question{
	Slug:    "rfc-citations",
	Title:   "Which RFCs do others cite, and which of them are obsolete?",
	Section: "Standards",
	Subject: "Citations",
	Tab:     "Citations",
	RFCs:    []int{2026, 3967, 7322, 8067},
	Basis: Basis{
		AsOf: "as_of", Known: "read_texts", Of: "rfcs", Things: "texts of RFCs", Remedy: "the texts of the RFCs",
	},
	Datasets: []*table.Schema{datasets.RFCCitations.Schema, datasets.RFCTexts.Schema, datasets.RFCs.Schema},
})
