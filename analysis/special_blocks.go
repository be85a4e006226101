package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed special-blocks.sql
var specialBlocksSQL string

var specialBlocks = &Question{
	Slug: "special-blocks", Title: "Which special-purpose blocks does which document define?", Section: "Standards", RFCs: []int{6890, 8190, 6052, 8215, 6598},
	Datasets: []*table.Schema{datasets.SpecialPrefixes.Schema}, SQL: specialBlocksSQL,
	Definition: `The lines of IANA’s special-purpose address registries of the newest day, with the documents that they name.`,
	Prose:      `{{$last := last .}}The registries of {{day $last.registry_date}} have {{num (len .)}} blocks.`,
}
