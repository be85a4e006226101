package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed rfcs-by-stream.sql
var rfcsByStreamSQL string

var rfcsByStream = &Question{
	Slug: "rfcs-by-stream", Title: "Which streams do RFCs come from?", Section: "Standards", RFCs: []int{8729, 9280},
	Datasets: []*table.Schema{datasets.RFCs.Schema}, SQL: currentRFCsSQL + rfcsByStreamSQL,
	Definition: `RFCs of the newest index snapshot by the year of their publication and their stream: IETF, IAB, IRTF, Independent, Editorial, or Legacy for those before there were streams.`,
	Prose:      `{{num (sum "rfcs" (where "stream" "IETF" .))}} RFCs come from the IETF, {{num (sum "rfcs" (where "stream" "INDEPENDENT" .))}} were submitted independently, {{num (sum "rfcs" (where "stream" "IRTF" .))}} come from the IRTF.`,
	Chart:      &Chart{Kind: "stacked", X: "year", Y: "rfcs", Series: "stream", YName: "RFCs"},
	Notes:      []string{"Text indexes do not tell the stream."},
}
