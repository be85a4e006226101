package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// Update is one announcement, withdrawal or session state change of an update file.
type Update struct {
	Collector        string    `col:"collector,label" doc:"route collector that wrote the file"`
	Time             time.Time `col:"time,label" doc:"time of the record, with microseconds if the file has them (BGP4MP_ET)" rfc:"6396"`
	PeerAddress      string    `col:"peer_address" doc:"address of the peering session" rfc:"6396"`
	PeerASN          uint32    `col:"peer_asn" doc:"AS number of the peer" rfc:"6793"`
	Kind             string    `col:"kind" doc:"announce, withdraw or state" rfc:"4271,6396"`
	Family           uint32    `col:"family" doc:"4 or 6; 0 for a state change and for a family without prefixes"`
	SAFI             uint32    `col:"safi" doc:"subsequent address family: 1 unicast, 2 multicast, and others; 0 for a state change" rfc:"4760"`
	Prefix           string    `col:"prefix" doc:"address block in CIDR notation; for a family without prefixes (VPN, EVPN, FlowSpec, BGP-LS) one NLRI as text; empty for a state change" rfc:"4271,4760"`
	PrefixLength     uint32    `col:"prefix_length" unit:"bits" doc:"length of the prefix"`
	PathID           *int64    `col:"path_id" doc:"ADD-PATH identifier; null if the session does not use it" rfc:"7911,8050"`
	ASPath           string    `col:"as_path" doc:"AS_PATH with AS4_PATH merged: sequence as numbers, sets as {1,2}, confederations as (1 2) and [1,2]" rfc:"4271,6793"`
	OriginASN        uint32    `col:"origin_asn" doc:"last AS of the path; 0 if there is none or an AS_SET" rfc:"4271"`
	Origin           string    `col:"origin" doc:"ORIGIN attribute: igp, egp or incomplete" rfc:"4271"`
	NextHop          string    `col:"next_hop" doc:"NEXT_HOP, or the next hop of MP_REACH_NLRI" rfc:"4271,4760,2545"`
	MED              *int64    `col:"med" doc:"MULTI_EXIT_DISC; null if absent" rfc:"4271"`
	LocalPref        *int64    `col:"local_pref" doc:"LOCAL_PREF; null if absent" rfc:"4271"`
	AtomicAggregate  bool      `col:"atomic_aggregate" doc:"ATOMIC_AGGREGATE is present" rfc:"4271"`
	Aggregator       string    `col:"aggregator" doc:"AGGREGATOR as ASN and address, AS4_AGGREGATOR merged; empty if absent" rfc:"4271,6793"`
	Communities      string    `col:"communities" doc:"communities as 64496:1, space-separated, in the order sent" rfc:"1997"`
	LargeCommunities string    `col:"large_communities" doc:"large communities as 64496:1:2, space-separated" rfc:"8092"`
	ExtCommunities   string    `col:"extended_communities" doc:"extended communities as rt:64496:1, soo:64496:1 or 0x and hex, space-separated" rfc:"4360,5668"`
	OriginatorID     string    `col:"originator_id" doc:"ORIGINATOR_ID as a dotted quad; empty if absent" rfc:"4456"`
	ClusterList      string    `col:"cluster_list" doc:"CLUSTER_LIST as dotted quads, space-separated" rfc:"4456"`
	OTC              *int64    `col:"otc" doc:"AS of Only to Customer; null if absent" rfc:"9234"`
	OtherAttributes  string    `col:"other_attributes" doc:"attributes that have no column, as type:hex, space-separated" rfc:"4271"`
	OldState         uint32    `col:"old_state" doc:"state before a state change: 1 Idle to 6 Established, 7 Clearing and 8 Deleted of Quagga; 0 for a route" rfc:"6396,4271"`
	NewState         uint32    `col:"new_state" doc:"state after a state change; 0 for a route" rfc:"6396,4271"`
}

// Updates has one row for each announced or withdrawn prefix and each state change.
var Updates = table.New[Update](table.Doc{
	Name: "updates", Version: 3, Partition: "an update file",
	Row: "An announcement, withdrawal or session state change with its attributes.",
})

// UpdateStat counts a day's updates of one peer.
type UpdateStat struct {
	Collector     string    `col:"collector" doc:"route collector with the session"`
	Day           time.Time `col:"update_day,date" doc:"day of the updates, UTC"`
	Family        uint32    `col:"family" doc:"4 or 6; 0 for changes of the session's state"`
	PeerAddress   string    `col:"peer_address" doc:"address of the peer; empty: all peers together"`
	PeerASN       uint32    `col:"peer_asn" doc:"AS of the peer; 0: all peers together" rfc:"6793"`
	Files         int64     `col:"files" unit:"files" doc:"update files of the collector that were read for the day"`
	Seconds       float64   `col:"seconds" unit:"s" doc:"from the first to the last record of those files, without gaps of more than an hour"`
	Announcements int64     `col:"announcements" unit:"elements" doc:"announced prefixes, including those that replace a route" rfc:"4271"`
	Withdrawals   int64     `col:"withdrawals" unit:"elements" doc:"withdrawn prefixes" rfc:"4271"`
	Duplicates    int64     `col:"duplicates" unit:"elements" doc:"announcements that change no attribute of the peer's previous announcement on that day"`
	Repeated      int64     `col:"repeated_withdrawals" unit:"elements" doc:"withdrawals of prefixes that the peer had already withdrawn on that day"`
	Prefixes      int64     `col:"prefixes" unit:"prefixes" doc:"distinct prefixes among them"`
	StateChanges  int64     `col:"state_changes" unit:"records" doc:"changes of the session's state" rfc:"4271,6396"`
	SessionLosses int64     `col:"session_losses" unit:"records" doc:"changes that leave the state Established"`
}

// UpdateStats has one row for each peer and family of a collector's day, and one for all peers.
var UpdateStats = table.New[UpdateStat](table.Doc{
	Name: "update_stats", Version: 2, Derived: true, Partition: "a collector's day",
	Row: "What a peer announced and withdrew on a day: how much, how much of it needlessly, and whether its session was stable.",
})
