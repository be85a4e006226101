package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed bogon-count.sql
var bogonCountSQL string

var bogonCount = &Question{
	Slug: "bogon-count", Title: "Do bogons become fewer?", Section: "Routing", RFCs: []int{6890, 8190},
	Datasets: []*table.Schema{datasets.RouteStates.Schema}, SQL: bogonCountSQL,
	Definition: `Bogon routes, by hour of the dumps and class, with the verdict on how far each reaches. The definition of a bogon stands with the question which bogons are seen.

An hour that was judged by the registry of its day has every class, be it with 0. Where only a younger registry is at hand, a class stands if it proves one of its bogons; what it leaves open is not counted as 0.`,
	Prose:   `{{$first := first .}}{{$last := last .}}Between {{hour $first.time}} and {{hour $last.time}} (UTC) the number of bogon routes went from {{num (sum "routes" (where "time" $first.time .))}} to {{num (sum "routes" (where "time" $last.time .))}}.`,
	Figures: []Figure{{"Bogon routes", `{{$last := last .}}{{num (sum "routes" (where "time" $last.time .))}}`, false}},
	Chart:   &Chart{Kind: "stacked", X: "time", Y: "routes", Series: "bogon_class", YName: "bogon routes"},
	Notes:   []string{"More peers see more: the number of peers of a collector bounds what it can show.", "An hour with dumps that does not stand here had no registry to tell; the question on the table's growth shows which dumps there are."},
}
