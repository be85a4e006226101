package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// RouteState is what the registries of its day, and the peers, say of a (prefix, origin).
type RouteState struct {
	Time          time.Time `col:"time" doc:"hour of the dumps that are judged together, UTC"`
	Collectors    string    `col:"collectors" doc:"collectors that saw the route, ascending, comma-separated"`
	Family        uint32    `col:"family" doc:"4 or 6"`
	Prefix        string    `col:"prefix" doc:"address block in CIDR notation"`
	PrefixLength  uint32    `col:"prefix_length" unit:"bits" doc:"length of the prefix"`
	OriginASN     uint32    `col:"origin_asn" doc:"origin AS; 0 where there is none or an AS_SET" rfc:"4271"`
	OriginSet     string    `col:"origin_set" doc:"members of the AS_SET that ends the path; empty where there is none" rfc:"6472"`
	LeftOut       string    `col:"left_out" doc:"why the table metrics leave the row out; empty: they count it"`
	Peers         uint32    `col:"peers" unit:"peers" doc:"peers that carry it, over all dumps of the hour"`
	PeerASes      uint32    `col:"peer_ases" unit:"ASes" doc:"distinct ASes among those peers"`
	FullFeedPeers uint32    `col:"full_feed_peers" unit:"peers" doc:"those of the peers that send a full table of the family"`
	FullFeedTotal uint32    `col:"full_feed_total" unit:"peers" doc:"all peers of the dumps that send a full table of the family"`
	Visibility    float64   `col:"visibility" unit:"share" doc:"full_feed_peers / full_feed_total; 0 where there is no full-feed peer"`
	Verdict       string    `col:"verdict" doc:"self-feed-only, single-feeder, low, partial or global; absence at a peer is no proof, peers filter bogons"`
	SeenBy        string    `col:"seen_by" doc:"for a route that at most eight peers carry or that is a bogon: those peers as collector/address/AS, comma-separated, at most sixteen; empty otherwise"`
	MOAS          bool      `col:"moas" doc:"the prefix has two or more origins at this time" rfc:"1930"`
	BogonClass    string    `col:"bogon_class" doc:"special-purpose, unallocated, reserved-asn, private-asn, documentation-asn; none: nothing found; unknown: no registry of that day is at hand" rfc:"6890,8190,7607,6996,5398"`
	BogonReason   string    `col:"bogon_reason" doc:"the registry line that decides, such as 100.64.0.0/10 Shared Address Space [RFC6598]"`
	SpecialDate   string    `col:"special_registry_date" doc:"day of the special-purpose registry that was used, YYYY-MM-DD; empty: none"`
	ROVState      string    `col:"rov_state" doc:"valid, invalid-origin, invalid-length, not-found; unknown: no payloads of that day are at hand" rfc:"6811"`
	ROVReason     string    `col:"rov_reason" doc:"the payloads that decide as prefix-maxlength AS, space-separated, at most eight" rfc:"6811"`
	ROADate       string    `col:"roa_date" doc:"day of the payloads that were used, YYYY-MM-DD; empty: none"`
	Holder        string    `col:"delegation" doc:"delegation that covers the prefix as registry, country, status, opaque id; empty: none at hand"`
}

// RouteStates has one row for each (prefix, origin) of each hour that has dumps.
var RouteStates = table.New[RouteState](table.Doc{
	Name: "route_states", Version: 1, Derived: true, Partition: "an hour with dumps",
	Row: "A prefix with one of its origins at a time: bogon class, route origin validation, visibility and verdict.",
})
