package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var decoderFindings = question(Question{
	Slug:     "decoder-findings",
	Title:    "What do dumps contain that the standards do not expect?",
	Section:  "Routing",
	Subject:  "Attributes",
	Tab:      "Unexpected",
	RFCs:     []int{7606, 8050, 6396, 7911},
	Basis:    Basis{AsOf: "year", Series: []string{"dataset"}, Parts: []string{"finding", "treatment"}},
	Datasets: []*table.Schema{datasets.DecoderNotes.Schema},
})
