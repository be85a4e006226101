package analysis

import (
	"tidemark/datasets"
	"tidemark/datasets/table"
)

var bogonWitnesses = question(Question{
	Slug:     "bogon-witnesses",
	Title:    "Who carries bogons, and over which path?",
	Section:  "Routing",
	RFCs:     []int{6890, 7454},
	Basis:    Basis{AsOf: "time"},
	Datasets: []*table.Schema{datasets.Witnesses.Schema, datasets.ASNames.Schema},
})
