package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed needless-updates.sql
var needlessUpdatesSQL string

var needlessUpdates = &Question{
	Slug: "needless-updates", Title: "How many updates change nothing?", Section: "Routing", RFCs: []int{4271},
	Datasets: []*table.Schema{datasets.UpdateStats.Schema}, SQL: needlessUpdatesSQL,
	Definition: `Announcements of a day that change no attribute of what the same peer announced for the prefix before on that day (duplicates), and withdrawals of what it had withdrawn, as a share of all. What a peer sends first on a day is never one, as nothing is known of it.`,
	Prose:      `{{range $family := each "4" "6"}}{{with where "family" $family $}}{{with newest "update_day" .}}On {{day .update_day}} {{dec .percent_needless}} % of {{num .announcements}} announcements and {{num .withdrawals}} withdrawals of IPv{{$family}} at {{.collector}} changed nothing. {{end}}{{end}}{{end}}`,
	Chart:      &Chart{Kind: "line", X: "update_day", Y: "percent_needless", Series: "series", YName: "percent of the updates"},
	Notes:      []string{"A duplicate may have changed something at the sender that the session to a collector does not show, such as its MED towards others."},
}
