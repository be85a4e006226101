package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed rov-vantages.sql
var rovVantagesSQL string

var rovVantages = &Question{
	Slug: "rov-vantages", Title: "Which networks still carry ROV-invalid routes?", Section: "Routing", RFCs: []int{6811, 7454},
	Datasets: []*table.Schema{datasets.StateStats.Schema, datasets.ASNames.Schema}, SQL: rovVantagesSQL,
	Definition: `Routes of each full-feed peer in the newest dump of its collector, by their state in route origin validation (RFC 6811). A network that drops invalid routes, and whose upstreams do, shows hardly any.`,
	Prose:      `{{with where "family" 4 .}}{{$most := first .}}Of {{num (len .)}} full-feed peers with IPv4, AS{{$most.vantage_asn}} carried most: {{num $most.invalid}} invalid routes, {{dec $most.percent_invalid}} % of its table.{{end}}`,
	Chart:      &Chart{Kind: "bar", X: "peer", Y: "percent_invalid", YName: "percent of the routes"},
	Notes:      []string{"Few invalid routes are no proof of filtering at the peer itself: its neighbours may filter for it."},
}
