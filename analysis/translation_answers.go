package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var translationAnswers = question(Question{
	Slug:    "translation-answers",
	Title:   "Do domains publish addresses of translators or of shared space?",
	Section: "Standards",
	Subject: "Translation in use",
	Tab:     "Addresses of domains",
	RFCs:    []int{6052, 8215, 6598},
	Basis: Basis{
		AsOf: "time", Series: []string{"document", "list_id", "vantage"},
		Known: "answered", Of: "looked_up", Things: "domains", Remedy: unknownDomains,
	},
	Datasets: []*table.Schema{datasets.IPv6Probes.Schema},
})
