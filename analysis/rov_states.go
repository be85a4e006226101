package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed rov-states.sql
var rovStatesSQL string

var rovStates = &Question{
	Slug: "rov-states", Title: "How many routes does route origin validation cover?", Section: "Routing", RFCs: []int{6811, 6483, 9582},
	Datasets: []*table.Schema{datasets.RouteStates.Schema}, SQL: rovStatesSQL,
	Definition: `Pairs of prefix and origin of the filtered table, bogons apart, by their state of RFC 6811 against the validated ROA payloads nearest at or before the day of the dump.

valid: a covering payload has this origin and a maximum length that allows the prefix. invalid-length: one has the origin, but none allows the length. invalid-origin: none has the origin. not-found: no payload covers the prefix. unknown: no payloads of that day are at hand. A route whose path ends in an AS_SET is never valid; AS 0 matches nothing.`,
	Prose: `{{range $family := each "4" "6"}}{{with where "family" $family $}}{{$last := last .}}{{$now := where "time" $last.time .}}
{{if where "rov_state" "unknown" $now}}For {{hour $last.time}} no payloads are at hand, so the state of its {{num (sum "routes" $now)}} IPv{{$family}} routes is unknown.{{else}}At {{hour $last.time}}, {{pct (sum "share" (where "rov_state" "valid" $now))}} of {{num (sum "routes" $now)}} IPv{{$family}} routes were valid and {{pct (add (sum "share" (where "rov_state" "invalid-origin" $now)) (sum "share" (where "rov_state" "invalid-length" $now)))}} invalid.{{end}} {{end}}{{end}}`,
	Figures: []Figure{{"IPv4 routes ROV-valid", `{{with where "family" 4 .}}{{$last := last .}}{{$now := where "time" $last.time .}}{{if not (where "rov_state" "unknown" $now)}}{{pct (sum "share" (where "rov_state" "valid" $now))}}{{end}}{{end}}`, true}},
	Chart:   &Chart{Kind: "line", X: "time", Y: "share", Series: "series", YName: "share of routes"},
	Notes:   []string{"An invalid route may be rescued by a valid or not-found less specific of the same origin: its addresses are then reached all the same. The column rescued counts those."},
}
