package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// Route is a (prefix, origin) of one dump over all peers that carry it.
type Route struct {
	Collector      string    `col:"collector,label" doc:"route collector that wrote the dump"`
	DumpTime       time.Time `col:"dump_time,label" doc:"time of the dump's first record, UTC" rfc:"6396"`
	Family         uint32    `col:"family" doc:"4 or 6"`
	Prefix         string    `col:"prefix" doc:"address block in CIDR notation, bits past the mask cleared" rfc:"4632,4291"`
	PrefixLength   uint32    `col:"prefix_length" unit:"bits" doc:"length of the prefix"`
	OriginASN      uint32    `col:"origin_asn" doc:"last AS of the path with AS4_PATH merged; 0 if the path is empty or ends in an AS_SET" rfc:"4271,6793"`
	OriginSet      string    `col:"origin_set" doc:"members of the AS_SET that ends the path, ascending, for example {64496,64499}; empty if there is none" rfc:"4271,6472,9774"`
	Peers          *int64    `col:"peers" unit:"peers" doc:"peers of the dump that carry this prefix with this origin; null: the table does not say"`
	PeerASes       *int64    `col:"peer_ases" unit:"ASes" doc:"distinct ASes among those peers; null: the table does not name them"`
	OriginPeers    *int64    `col:"origin_peers" unit:"peers" doc:"peers among them whose AS is the origin itself; null: the table does not name them"`
	FullFeedPeers  *int64    `col:"full_feed_peers" unit:"peers" doc:"peers among them that send a full table of this family; null: the table does not name them"`
	SeenBy         []uint32  `col:"seen_by" doc:"peer_index of each of those peers, ascending; empty: the table does not name them"`
	PathLengthMin  *int64    `col:"path_length_min" unit:"ASes" doc:"shortest path without prepending; the peer counts, an AS_SET counts 1, confederation segments 0; null: the table has no paths" rfc:"4271,5065"`
	PathLengthMax  *int64    `col:"path_length_max" unit:"ASes" doc:"longest path without prepending; null: the table has no paths"`
	PathLengthMean *float64  `col:"path_length_mean" unit:"ASes" doc:"mean over the peers without prepending; null: the table has no paths"`
	PathSentMean   *float64  `col:"path_length_sent_mean" unit:"ASes" doc:"mean over the peers of the path as sent, with prepending; null: the table has no paths"`
	CoveringPrefix string    `col:"covering_prefix" doc:"longest other prefix of the filtered table that covers this one; empty for a root prefix"`
	ReservedASNs   []uint32  `col:"reserved_asns" doc:"reserved, private and documentation AS numbers that precede the origin in one of the paths, ascending" rfc:"6996,5398,7607"`
	LeftOut        string    `col:"left_out" doc:"why the table metrics leave the row out: default-route, too-short, too-long; empty: they count it"`
}

// Routes has one row for each (prefix, origin) of each dump.
var Routes = table.New[Route](table.Doc{
	Name: "routes", Version: 3, ByPrefix: true, Partition: "a dump",
	Row: "A prefix with one of its origins in a dump, with the peers that carry it; or a line of a table of prefixes made by others.",
})
