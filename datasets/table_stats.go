package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// TableStat is one metric of one dump, by family and vantage.
type TableStat struct {
	Collector      string    `col:"collector" doc:"route collector that wrote the dump"`
	DumpTime       time.Time `col:"dump_time" doc:"time of the dump's first record, UTC" rfc:"6396"`
	Family         uint32    `col:"family" doc:"4 or 6"`
	VantageAddress string    `col:"vantage_address" doc:"the full-feed peer whose table is counted; empty: all peers of the dump together"`
	VantageASN     uint32    `col:"vantage_asn" doc:"AS of that peer; 0: all peers together" rfc:"6793"`
	Metric         string    `col:"metric" doc:"name of the metric; the definitions stand on the dataset's page"`
	Key            string    `col:"key" doc:"the bin of a metric that has bins (a prefix length, a reason); empty otherwise"`
	Value          float64   `col:"value" doc:"value in the metric's own unit"`
}

// TableStats has one row for each metric of each dump.
var TableStats = table.New[TableStat](table.Doc{
	Name: "table_stats", Version: 1, Partition: "a dump",
	Row: "A metric of a dump for one family and vantage: the series behind the growth charts.",
})
