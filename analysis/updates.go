package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed updates.sql
var updatesByPeerSQL string

var updatesByPeer = &Question{
	Slug: "updates", Title: "How much does the table change?", Section: "Routing", RFCs: []int{4271},
	Datasets: []*table.Schema{datasets.Updates.Schema}, SQL: updatesByPeerSQL,
	Definition: `Announcements and withdrawals of a day’s update files by family; an announcement that replaces a route counts as one. The rate is per minute between the first and the last record of the day and per peer that sent any.`,
	Prose:      `{{$last := last .}}On {{day $last.day}} {{$last.collector}} had {{num $last.announcements}} announcements and {{num $last.withdrawals}} withdrawals of {{num $last.prefixes}} IPv{{$last.family}} prefixes in {{dec $last.minutes}} minutes.`,
	Chart:      &Chart{Kind: "bar", X: "day", Y: "announcements", Series: "family", YName: "announcements"},
}
