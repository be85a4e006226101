package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var specialBlocks = question(Question{
	Slug:     "special-blocks",
	Title:    "Which documents define which special-purpose blocks?",
	Section:  "Standards",
	Subject:  "IANA",
	Tab:      "Special blocks",
	RFCs:     []int{6890, 8190, 6052, 8215, 6598},
	Basis:    Basis{AsOf: "registry_date"},
	Datasets: []*table.Schema{datasets.SpecialPrefixes.Schema},
})
