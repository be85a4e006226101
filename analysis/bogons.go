package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed bogons.sql
var bogonsSQL string

var bogons = &Question{
	Slug: "bogons", Title: "Which bogons are seen, and by whom?", Section: "Routing", RFCs: []int{6890, 8190, 6598, 6052, 8215, 5398, 6996, 7607},
	Datasets: []*table.Schema{datasets.RouteStates.Schema}, SQL: bogonsSQL,
	Definition: `A route is a bogon when its prefix lies in an IANA special-purpose block that is not globally reachable, or in space that a regional registry holds as available or reserved, or that IANA has not given to any; when a list of bogons of that month has it; when its origin is a reserved, private, documentation or unallocated ASN; or when such an ASN stands left of the origin in one of its paths (path-asn). Each is judged as of the day of the dump, by the files nearest before it. What a registry has as available proves a bogon for 31 days, what it reserves for a year.

Where only a younger registry file is at hand, its lines prove a bogon if the block was allocated before that day; without such a line the state is unknown.

Those of the newest dumps are listed, at most 20,000; all stand in the dataset route_states.

The verdict says how far the route reaches. self-feed-only: every peer that carries it is the origin itself. single-feeder: one peer AS carries it. low, partial: under 10 %, under 50 % of the full-feed peers. global: the rest.`,
	Prose: `{{with first .}}On {{day .time}} {{num (len $)}} bogon {{if eq (len $) 1}}route was{{else}}routes were{{end}} seen, {{num (len (where "verdict" "self-feed-only" $))}} of them only by a session of the origin itself, {{num (len (where "verdict" "global" $))}} by half of the full-feed peers or more.{{end}}`,
	Notes: []string{
		"Many networks filter bogons before a collector could see them: absence is no proof.",
		"seen_by names at most sixteen peers as collector/address/AS.",
	},
}
