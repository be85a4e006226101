package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed route-changes.sql
var routeChangesSQL string

var routeChanges = &Question{
	Slug: "route-changes", Title: "How often do prefixes change their origin?", Section: "Routing", RFCs: []int{4271, 6811},
	Datasets: []*table.Schema{datasets.RouteStates.Schema}, SQL: routeChangesSQL,
	Definition: `Pairs of prefix and origin of the filtered table, by hour of the dumps, that the dumps of the same collectors before, at most eight days old, did not have: with a prefix that was not there, with another origin than before, or beside an origin that stays.`,
	Prose:      `{{$last := last .}}{{$now := where "time" $last.time .}}At {{hour $last.time}}, {{num (sum "routes" $now)}} pairs were new, {{num (sum "routes" (where "change" "another origin" $now))}} of them with another origin than before.`,
	Chart:      &Chart{Kind: "stacked", X: "time", Y: "routes", Series: "series", YName: "new pairs of prefix and origin"},
	Notes:      []string{"The longer the time since the dumps before, the more has changed."},
}
