package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// RIBEntry is one entry of a table dump with all its attributes.
type RIBEntry struct {
	Collector           string    `col:"collector" doc:"route collector that wrote the dump"`
	DumpTime            time.Time `col:"dump_time" doc:"time of the dump's first record, UTC" rfc:"6396"`
	PeerAddress         string    `col:"peer_address" doc:"address of the peering session" rfc:"6396"`
	PeerASN             uint32    `col:"peer_asn" doc:"AS number of the peer" rfc:"6793"`
	Family              uint32    `col:"family" doc:"4 or 6; 0 for a family without prefixes"`
	SAFI                uint32    `col:"safi" doc:"subsequent address family: 1 unicast, 2 multicast, and others" rfc:"4760"`
	Prefix              string    `col:"prefix" doc:"address block in CIDR notation; for a family without prefixes its NLRI as text" rfc:"4632,4291"`
	PrefixLength        uint32    `col:"prefix_length" unit:"bits" doc:"length of the prefix"`
	PathID              *int64    `col:"path_id" doc:"ADD-PATH identifier; null if the dump does not use it" rfc:"7911,8050"`
	Originated          time.Time `col:"originated" doc:"when the peer's route last changed, UTC" rfc:"6396"`
	ASPath              string    `col:"as_path" doc:"AS_PATH with AS4_PATH merged: sequence as numbers, sets as {1,2}, confederations as (1 2) and [1,2]" rfc:"4271,6793"`
	OriginASN           uint32    `col:"origin_asn" doc:"last AS of the path; 0 if there is none or an AS_SET" rfc:"4271"`
	Origin              string    `col:"origin" doc:"ORIGIN attribute: igp, egp or incomplete" rfc:"4271"`
	NextHop             string    `col:"next_hop" doc:"NEXT_HOP, or the next hop of MP_REACH_NLRI" rfc:"4271,4760,2545,8950"`
	MED                 *int64    `col:"med" doc:"MULTI_EXIT_DISC; null if absent" rfc:"4271"`
	LocalPref           *int64    `col:"local_pref" doc:"LOCAL_PREF; null if absent" rfc:"4271"`
	AtomicAggregate     bool      `col:"atomic_aggregate" doc:"ATOMIC_AGGREGATE is present" rfc:"4271"`
	Aggregator          string    `col:"aggregator" doc:"AGGREGATOR as ASN and address, AS4_AGGREGATOR merged; empty if absent" rfc:"4271,6793"`
	Communities         string    `col:"communities" doc:"communities as 64496:1, space-separated, in the order sent" rfc:"1997"`
	LargeCommunities    string    `col:"large_communities" doc:"large communities as 64496:1:2, space-separated" rfc:"8092"`
	ExtendedCommunities string    `col:"extended_communities" doc:"extended communities as rt:64496:1, soo:64496:1 or 0x and hex, space-separated" rfc:"4360,5668"`
	OriginatorID        string    `col:"originator_id" doc:"ORIGINATOR_ID as a dotted quad; empty if absent" rfc:"4456"`
	ClusterList         string    `col:"cluster_list" doc:"CLUSTER_LIST as dotted quads, space-separated" rfc:"4456"`
	OTC                 *int64    `col:"otc" doc:"AS of Only to Customer; null if absent" rfc:"9234"`
	OtherAttributes     string    `col:"other_attributes" doc:"attributes that have no column, as type:hex, space-separated" rfc:"4271"`
}

// RIBEntries has one row for each entry of a dump, if its source keeps entries or it was imported with --entries.
var RIBEntries = table.New[RIBEntry](table.Doc{
	Name: "rib_entries", Version: 1, Partition: "a dump that is kept in full (entries = true)",
	Row: "An entry of a table dump, a prefix of a peer, with all its attributes.",
})
