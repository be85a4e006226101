package analysis

import (
	_ "embed"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

//go:embed series-jumps.sql
var seriesJumpsSQL string

var seriesJumps = &Question{
	Slug: "series-jumps", Title: "Which series jumped beyond their own history?", Section: "Routing", RFCs: []int{4271, 6396},
	Datasets: []*table.Schema{datasets.TableStats.Schema}, SQL: seriesJumpsSQL,
	Definition: `A dump whose value lies more than five strays from the median of the up to 30 dumps of the same collector before it, of which there must be at least eight. A stray is the median of the distances of those dumps from their median, times 1.4826, and at least a hundredth of the median and 1: an outlier among them moves neither.

Looked at are the prefixes, origin ASes, full-feed peers and prefixes with several origins of all peers together, by family.`,
	Prose: `{{with newest "dump_time" .}}The newest jump is of {{day .dump_time}}: {{.metric}} of IPv{{.family}} at {{.collector}} was {{num .value}}, while the median of the {{.points}} dumps before is {{num .median}}.{{end}} {{num (len .)}} jumps are known.`,
	Notes: []string{
		"A jump can be an event, a peer that came or went, or a dump that is not whole; this question only finds it.",
		"A scheduled run raises an alert for a jump of the last seven days.",
	},
}
