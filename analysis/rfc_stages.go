package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var rfcStages = question(Question{
	Slug:    "rfc-stages",
	Title:   "How long does an RFC take?",
	Section: "Standards",
	Subject: "The way to an RFC",
	Tab:     "Stages",
	RFCs:    []int{2026, 8729},
	Basis: Basis{AsOf: "year", Parts: []string{"stream", "stage"}, Known: "known", Of: "rfcs", Things: "RFCs",
		Remedy: "the milestones of the RFCs of more years"},
	Datasets: []*table.Schema{datasets.RFCs.Schema, datasets.DraftMilestones.Schema},
	Chart:    &Chart{Kind: "line", X: "year", Y: "median_days", Series: "series", YName: "days, median", Headline: map[string]string{"stream": "IETF"}},
}, "believed-indexes", "current-rfcs")
