package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed unadvertised.sql
var unadvertisedSQL string

var unadvertised = &Question{
	Slug: "unadvertised", Title: "How much of the delegated space is not announced?", Section: "Routing", RFCs: []int{7020},
	Datasets: []*table.Schema{datasets.AddressUses.Schema}, SQL: unadvertisedSQL,
	Definition: `Space that the regional registries have allocated or assigned, by their delegation files nearest before the dumps and at most a year old, less what the prefixes of the filtered table cover: for IPv4 in addresses, for IPv6 in /64s. Beside it stands what the registries hold as available and as reserved, and what is announced outside of every delegation at hand.`,
	Prose:      `{{range $family := each "4" "6"}}{{with where "family" $family (where "registry" "" $)}}{{with newest "time" .}}On {{day .time}} {{dec .percent_unadvertised}} % of the delegated IPv{{$family}} space was not announced. {{end}}{{end}}{{end}}`,
	Chart:      &Chart{Kind: "line", X: "time", Y: "percent_unadvertised", Series: "series", YName: "percent of the delegated space"},
	Notes:      []string{"Space that is not announced may be in use all the same, inside networks or where no collector looks.", "Where the file of a registry is missing, its space counts as announced outside of the delegations."},
}
