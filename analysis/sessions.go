package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed sessions.sql
var sessionsSQL string

var sessions = &Question{
	Slug: "sessions", Title: "Which sessions to the collectors were lost?", Section: "Routing", RFCs: []int{4271, 6396},
	Datasets: []*table.Schema{datasets.UpdateStats.Schema, datasets.ASNames.Schema}, SQL: sessionsSQL,
	Definition: `Changes of the state of each peer’s session, as the collector’s files of updates record them; a loss is a change from Established to any other state. Sessions without a change do not stand here.`,
	Prose:      `{{with first .}}{{$day := where "update_day" .update_day $}}On {{day .update_day}} {{num (len $day)}} sessions changed their state, with {{num (sum "session_losses" $day)}} losses.{{end}}`,
	Notes:      []string{"After a loss the peer sends its whole table again, which swells the day’s updates."},
}
