package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed table-history.sql
var tableHistorySQL string

var tableHistory = &Question{
	Slug: "table-history", Title: "How has the table grown over all sources?", Section: "Routing", RFCs: []int{4271, 6396},
	Datasets: []*table.Schema{datasets.TableStats.Schema}, SQL: tableHistorySQL,
	Definition: `Distinct prefixes after the table filter, one table a day and family: of the collectors’ dumps (source rib) that with the most full-feed peers, and where there is none, a table of prefixes that others made from dumps (riswhois, pfx2as, pyasn, prefix-list). A table with less than half the prefixes of one before is no full table and is left out.

Each point names its source and collector. A break is marked wherever either changes: what lies on both sides was not measured in the same way.`,
	Prose: `{{range $family := each "4" "6"}}{{with where "family" $family $}}{{$first := oldest "dump_time" .}}{{$last := newest "dump_time" .}}From {{day $first.dump_time}} ({{$first.source}} of {{$first.collector}}) to {{day $last.dump_time}} ({{$last.source}} of {{$last.collector}}) the IPv{{$family}} table went from {{num $first.prefixes}} to {{num $last.prefixes}} prefixes. {{end}}{{end}}`,
	Chart: &Chart{Kind: "line", X: "dump_time", Y: "prefixes", Series: "series", YName: "prefixes", Log: true, Low: "vantage_min", High: "vantage_max", Break: "break"},
	Notes: []string{"A table of many peers together holds more prefixes than that of one of them; riswhois joins all collectors of RIS, pfx2as and pyasn the peers of RouteViews."},
}
