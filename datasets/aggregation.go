package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// Aggregation is what an origin AS announces, and what would suffice.
type Aggregation struct {
	Collector  string    `col:"collector" doc:"route collector that wrote the dump"`
	DumpTime   time.Time `col:"dump_time" doc:"time of the dump's first record, UTC" rfc:"6396"`
	Family     uint32    `col:"family" doc:"4 or 6"`
	Vantage    string    `col:"vantage_address" doc:"the full-feed peer whose table is aggregated; empty: all peers of the dump together"`
	VantageASN uint32    `col:"vantage_asn" doc:"AS of that peer; 0: all peers together" rfc:"6793"`
	OriginASN  uint32    `col:"origin_asn" doc:"origin AS; 0: the whole table" rfc:"4271,6793"`
	Announced  int64     `col:"announced" unit:"prefixes" doc:"prefixes of the table that it originates; for the whole table, pairs of prefix and origin"`
	Aggregated int64     `col:"aggregated" unit:"prefixes" doc:"prefixes that remain after maximum aggregation: those inside another prefix of the same origin are removed and two halves are merged, until nothing changes" rfc:"4632"`
	Reduction  int64     `col:"reduction" unit:"prefixes" doc:"announced minus aggregated"`
}

// Aggregations has one row for each origin AS of each dump that could announce less, one for the whole table, and one for
// the table of each full-feed peer.
var Aggregations = table.New[Aggregation](table.Doc{
	Name: "aggregation", Version: 2, Derived: true, Partition: "a dump",
	Row: "How many prefixes an origin AS announces, and how many would cover the same addresses.",
})
