package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// Peer is a session of a route collector, as one dump shows it (RFC 6396 section 4.3.1).
type Peer struct {
	Collector    string    `col:"collector,label" doc:"route collector that wrote the dump, for example rrc00 or route-views2"`
	DumpTime     time.Time `col:"dump_time,label" doc:"time of the dump's first record, UTC" rfc:"6396"`
	PeerIndex    uint32    `col:"peer_index" doc:"number of the peer in this dump; routes.seen_by refers to it" rfc:"6396"`
	Address      string    `col:"peer_address" doc:"address of the peering session" rfc:"6396"`
	ASN          uint32    `col:"peer_asn" doc:"AS number of the peer" rfc:"6793"`
	BGPID        string    `col:"peer_bgp_id" doc:"BGP identifier of the peer as a dotted quad; empty if the dump has none" rfc:"4271"`
	IPv4Routes   int64     `col:"ipv4_routes" unit:"prefixes" doc:"IPv4 prefixes that the peer carries in this dump"`
	IPv6Routes   int64     `col:"ipv6_routes" unit:"prefixes" doc:"IPv6 prefixes that the peer carries in this dump"`
	IPv4FullFeed bool      `col:"ipv4_full_feed" doc:"carries at least 90 % of the IPv4 prefixes that half of the large peers carry"`
	IPv6FullFeed bool      `col:"ipv6_full_feed" doc:"carries at least 90 % of the IPv6 prefixes that half of the large peers carry"`
}

// Peers has one row for each peer of each dump.
var Peers = table.New[Peer](table.Doc{
	Name: "peers", Version: 1, Partition: "a dump",
	Row: "A peer of a dump: its address, its AS, what it carries, and whether it sends a full table.",
})
