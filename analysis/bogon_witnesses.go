package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed bogon-witnesses.sql
var bogonWitnessesSQL string

var bogonWitnesses = &Question{
	Slug: "bogon-witnesses", Title: "Who carries bogons, and over which path?", Section: "Routing", RFCs: []int{6890, 7454},
	Datasets: []*table.Schema{datasets.Witnesses.Schema, datasets.ASNames.Schema}, SQL: bogonWitnessesSQL,
	Definition: `Every peer that carries a bogon in the newest dumps, with its path, from which prepending is removed. The same is kept in the dataset witnesses for prefixes with several origins, for routes that are invalid by their origin, and for new ones. At most 20,000 are listed.`,
	Prose:      `{{with first .}}On {{day .time}} {{num (distinct "prefix" $)}} bogon prefixes had witnesses: {{num (len $)}} entries of {{num (distinct "peer_asn" $)}} peer ASes.{{end}}`,
	Notes:      []string{"A peer that is absent may filter: that it does not carry a bogon is no proof that nobody sends it one."},
}
