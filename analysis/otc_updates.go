package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var otcUpdates = question(Question{
	Slug:    "otc-updates",
	Title:   "Do announcements go where Only to Customer forbids it?",
	Section: "Routing",
	Subject: "Attributes",
	Tab:     "Only to Customer",
	RFCs:    []int{9234, 7908},
	Basis: Basis{
		AsOf: "day", Series: []string{"collector", "family"}, Parts: []string{"state", "leak_asn"},
		Known: "judged", Of: "marked", Things: "announcements", Remedy: "table dumps of the same days, from which relations are inferred",
	},
	Datasets: []*table.Schema{datasets.Updates.Schema, datasets.ASLinks.Schema, datasets.ASNames.Schema},
})
