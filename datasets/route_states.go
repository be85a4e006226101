package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// RouteState is what the registries of its day and the peers say about a (prefix, origin).
type RouteState struct {
	Time          time.Time `col:"time" doc:"hour of the dumps that are judged together, UTC"`
	Collectors    string    `col:"collectors" doc:"collectors that saw the route, ascending, comma-separated"`
	Family        uint32    `col:"family" doc:"4 or 6"`
	Prefix        string    `col:"prefix" doc:"address block in CIDR notation"`
	PrefixLength  uint32    `col:"prefix_length" unit:"bits" doc:"length of the prefix"`
	OriginASN     uint32    `col:"origin_asn" doc:"origin AS; 0 if there is none or an AS_SET" rfc:"4271"`
	OriginSet     string    `col:"origin_set" doc:"members of the AS_SET that ends the path; empty if there is none" rfc:"6472,9774"`
	LeftOut       string    `col:"left_out" doc:"why the table metrics leave the row out; empty: they count it"`
	Peers         *int64    `col:"peers" unit:"peers" doc:"peers that carry it, over all dumps of the hour; null: no table with the route says how many"`
	PeerASes      *int64    `col:"peer_ases" unit:"ASes" doc:"distinct ASes among those peers; null: no table with the route names its peers"`
	FullFeedPeers *int64    `col:"full_feed_peers" unit:"peers" doc:"peers among them that send a full table of the family; null: no table with the route names its peers"`
	FullFeedTotal *int64    `col:"full_feed_total" unit:"peers" doc:"all peers of the dumps that send a full table of the family; null: no table of the hour names its peers"`
	FullFeedASes  *int64    `col:"full_feed_ases" unit:"ASes" doc:"distinct ASes of those full-feed peers: a verdict needs a minimum of them, 5 unless configured otherwise; null: no table of the hour names its peers"`
	Visibility    *float64  `col:"visibility" unit:"share" doc:"full_feed_peers / full_feed_total; null: one of them is null, or there is no full-feed peer"`
	Verdict       string    `col:"verdict" doc:"self-feed-only, single-feeder, low, partial or global; absence at a peer proves nothing, because peers filter bogons; unknown: the table names no peers, or its full feeds are of too few ASes"`
	SeenBy        string    `col:"seen_by" doc:"for a route that at most eight peers carry or that is a bogon: those peers as collector/address/AS, comma-separated, at most sixteen; empty otherwise"`
	MOAS          bool      `col:"moas" doc:"the prefix has two or more origins at this time" rfc:"1930"`
	NewlySeen     string    `col:"newly_seen" doc:"yes: the previous dumps of the same collectors, at most 8 days old, did not have this prefix with this origin; no: they did; unknown: there are no such dumps"`
	OriginsBefore string    `col:"origins_before" doc:"for a newly seen route, the origins that the prefix had in those dumps, comma-separated; empty: they did not have the prefix"`
	BogonClass    string    `col:"bogon_class" doc:"special-purpose, unallocated, listed, unallocated-asn, reserved-asn, private-asn, documentation-asn, or path-asn if such an AS precedes the origin; none: the registries of addresses and AS numbers that decide are available, and found nothing; unknown: one of them is missing or too old for that day, see bogon_reason" rfc:"6890,8190,7607,6996,5398"`
	BogonReason   string    `col:"bogon_reason" doc:"the registry line that decides, for example 100.64.0.0/10 Shared Address Space [RFC6598]; where the class is unknown, why"`
	SpecialDate   string    `col:"special_registry_date" doc:"day of the special-purpose registry that was used, YYYY-MM-DD; empty: none"`
	SpaceDate     string    `col:"space_registry_date" doc:"days of IANA's registries of addresses (those before the table and the first after) and of the delegation files that were used, YYYY-MM-DD, comma-separated; empty: none"`
	ROVState      string    `col:"rov_state" doc:"valid, invalid-origin, invalid-length, not-found; unknown: no payloads of that day are available, or none of the trust anchor of the registry that delegates the prefix, see rov_reason" rfc:"6811"`
	ROVReason     string    `col:"rov_reason" doc:"the payloads that decide, as prefix-maxlength AS, space-separated, at most eight; where the state is unknown, why" rfc:"6811"`
	RescuedBy     string    `col:"rov_rescued_by" doc:"for an invalid route, the longest less specific prefix of the table with the same origin that is valid or not-found: traffic still arrives at networks that drop the invalid route; empty: none" rfc:"6811"`
	ROADate       string    `col:"roa_date" doc:"days of the payloads that were used, the table's own or at most three before, YYYY-MM-DD, comma-separated; empty: none"`
	ROAAnchors    string    `col:"roa_anchors" doc:"regional registries whose trust anchors those payloads are of, ascending, comma-separated: only of their prefixes it is known that they have no ROA; empty: none" rfc:"8630"`
	Holder        string    `col:"delegation" doc:"delegation that covers the prefix as registry, country, status, opaque id; empty: none known"`
}

// RouteStates has one row for each (prefix, origin) of each hour that has dumps.
var RouteStates = table.New[RouteState](table.Doc{
	Name: "route_states", Version: 3, Derived: true, ByPrefix: true, Partition: "an hour with dumps",
	Row: "A prefix with one of its origins at a time: bogon class, route origin validation, visibility and verdict.",
})

// Witness is a peer that carries a remarkable route, with its path.
type Witness struct {
	Time        time.Time `col:"time" doc:"hour of the dumps that are judged together, UTC"`
	Family      uint32    `col:"family" doc:"4 or 6"`
	Prefix      string    `col:"prefix" doc:"address block in CIDR notation"`
	OriginASN   uint32    `col:"origin_asn" doc:"origin AS; 0 if there is none or an AS_SET" rfc:"4271"`
	OriginSet   string    `col:"origin_set" doc:"members of the AS_SET that ends the path; empty if there is none" rfc:"6472,9774"`
	Why         string    `col:"why" doc:"what makes the route remarkable: bogon, rov-invalid, moas, new; comma-separated"`
	Collector   string    `col:"collector" doc:"route collector with the session"`
	PeerAddress string    `col:"peer_address" doc:"address of the peer"`
	PeerASN     uint32    `col:"peer_asn" doc:"AS of the peer" rfc:"6793"`
	Path        string    `col:"as_path" doc:"its path without prepending, as numbers separated by spaces, a set in braces" rfc:"4271"`
}

// Witnesses has one row for each peer that carries a bogon, a route that is invalid by its origin, one of several origins
// of a prefix, or a newly seen route.
var Witnesses = table.New[Witness](table.Doc{
	Name: "witnesses", Version: 1, Derived: true, Partition: "an hour with dumps",
	Row: "A peer that carries a remarkable route: the collector, its session and the path.",
})

// StateStat counts the routes of one state that one vantage point carries.
type StateStat struct {
	Collector      string    `col:"collector" doc:"route collector that wrote the dump"`
	DumpTime       time.Time `col:"dump_time" doc:"time of the dump's first record, UTC" rfc:"6396"`
	Family         uint32    `col:"family" doc:"4 or 6"`
	VantageAddress string    `col:"vantage_address" doc:"the full-feed peer whose routes are counted; empty: all peers of the dump together"`
	VantageASN     uint32    `col:"vantage_asn" doc:"AS of that peer; 0: all peers together" rfc:"6793"`
	Metric         string    `col:"metric" doc:"rov_state, bogon_class or verdict, as in route_states"`
	Key            string    `col:"key" doc:"the state, class or verdict"`
	Routes         int64     `col:"routes" unit:"routes" doc:"pairs of prefix and origin; for rov_state only those that the table metrics count and that are not known to be bogons"`
}

// StateStats has one row for each state, vantage point and dump.
var StateStats = table.New[StateStat](table.Doc{
	Name: "state_stats", Version: 2, Derived: true, Partition: "a dump",
	Row: "How many routes of a dump, or of one of its full-feed peers, have a state.",
})

// AddressUse is how much of the delegated address space is announced.
type AddressUse struct {
	Time         time.Time `col:"time" doc:"hour of the dumps, UTC"`
	Family       uint32    `col:"family" doc:"4 or 6"`
	Registry     string    `col:"registry" doc:"regional registry; empty: all registries together"`
	FileDate     string    `col:"file_date" doc:"day of the delegation files that were used, YYYY-MM-DD"`
	Delegated    float64   `col:"delegated" unit:"addresses (IPv4), /64s (IPv6)" doc:"space that the registry has allocated or assigned"`
	Announced    float64   `col:"announced" unit:"addresses (IPv4), /64s (IPv6)" doc:"part of it that the table covers"`
	Unadvertised float64   `col:"unadvertised" unit:"addresses (IPv4), /64s (IPv6)" doc:"delegated minus announced"`
	Available    *float64  `col:"available" unit:"addresses (IPv4), /64s (IPv6)" doc:"space that the registry still holds as available; null: a file in the plain format does not say"`
	Reserved     *float64  `col:"reserved" unit:"addresses (IPv4), /64s (IPv6)" doc:"space that it holds as reserved; null: a file in the plain format does not say"`
	Outside      *float64  `col:"outside" unit:"addresses (IPv4), /64s (IPv6)" doc:"space of the table that no delegation covers; null in the row of a single registry"`
}

// AddressUses has one row for each registry, family and hour with dumps.
var AddressUses = table.New[AddressUse](table.Doc{
	Name: "address_use", Version: 2, Derived: true, Partition: "an hour with dumps",
	Row: "How much of the space that a registry has delegated is announced, and how much is not.",
})

// IsBogon reports whether the route is known to be a bogon.
func (r *RouteState) IsBogon() bool { return r.BogonClass != "none" && r.BogonClass != "unknown" }
