package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// ASPAState is what the ASPAs of its day say of the paths of a (prefix, origin).
type ASPAState struct {
	Time            time.Time `col:"time" doc:"hour of the dumps that are judged together, UTC"`
	Family          uint32    `col:"family" doc:"4 or 6"`
	Prefix          string    `col:"prefix" doc:"address block in CIDR notation"`
	OriginASN       uint32    `col:"origin_asn" doc:"origin AS; 0 if there is none or an AS_SET" rfc:"4271"`
	OriginSet       string    `col:"origin_set" doc:"members of the AS_SET that ends the path; empty if there is none" rfc:"6472,9774"`
	State           string    `col:"aspa_state" doc:"invalid: a path is invalid by the downstream procedure, so it is invalid whoever sent it; valid: all paths are valid by that procedure; unknown: neither"`
	Hop             string    `col:"aspa_hop" doc:"what makes invalid_path invalid: one or two hops as customer>provider, of which the customer's ASPA does not list the provider, the origin's side first; or AS_SET"`
	Paths           int64     `col:"paths" unit:"paths" doc:"entries of the hour's dumps for the route: one for each peer and path"`
	ValidPaths      int64     `col:"valid_paths" unit:"paths" doc:"those that are valid by the downstream procedure"`
	InvalidPaths    int64     `col:"invalid_paths" unit:"paths" doc:"those that are invalid by the downstream procedure"`
	UpstreamInvalid int64     `col:"upstream_invalid_paths" unit:"paths" doc:"those that are invalid by the upstream procedure: invalid unless the peer is a provider of the collector"`
	InvalidPath     string    `col:"invalid_path" doc:"the first invalid path, without prepending, the peer first, an AS_SET in braces; empty: none is invalid" rfc:"4271"`
	SeenBy          string    `col:"seen_by" doc:"peers with an invalid path as collector/address/AS, comma-separated, at most sixteen"`
	ASPADate        string    `col:"aspa_date" doc:"days of the ASPAs that were used, the table's own or at most three before, YYYY-MM-DD, comma-separated"`
}

// ASPAStates has one row for each (prefix, origin) of each hour that has dumps with peers and ASPAs.
var ASPAStates = table.New[ASPAState](table.Doc{
	Name: "aspa_states", Version: 1, Derived: true, Partition: "an hour with dumps and ASPAs",
	Row: "A prefix with one of its origins at a time: whether ASPAs allow the paths to it (draft-ietf-sidrops-aspa-verification-28).",
})

// ASPAStat counts the paths of one state that one vantage point sends.
type ASPAStat struct {
	Collector      string    `col:"collector" doc:"route collector that wrote the dump"`
	DumpTime       time.Time `col:"dump_time" doc:"time of the dump's first record, UTC" rfc:"6396"`
	Family         uint32    `col:"family" doc:"4 or 6"`
	VantageAddress string    `col:"vantage_address" doc:"the full-feed peer whose paths are counted; empty: all peers of the dump together"`
	VantageASN     uint32    `col:"vantage_asn" doc:"AS of that peer; 0: all peers together" rfc:"6793"`
	Procedure      string    `col:"procedure" doc:"downstream: as of a route from a provider; upstream: as of a route from a customer or a peer, which is stricter. How a collector and its peer relate is not known"`
	State          string    `col:"aspa_state" doc:"valid, invalid or unknown"`
	Paths          int64     `col:"paths" unit:"paths" doc:"entries of the dump with that state"`
	ASPADate       string    `col:"aspa_date" doc:"days of the ASPAs that were used, YYYY-MM-DD, comma-separated"`
}

// ASPAStats has one row for each state, procedure, vantage point and dump; a state without paths has a row with 0.
var ASPAStats = table.New[ASPAStat](table.Doc{
	Name: "aspa_stats", Version: 1, Derived: true, Partition: "an hour with dumps and ASPAs",
	Row: "How many paths of a dump, or of one of its full-feed peers, ASPAs allow.",
})

// ASPAHop is an AS and one that stands before it in paths, which may be a provider of it.
type ASPAHop struct {
	Time         time.Time `col:"time" doc:"hour of the dumps, UTC"`
	ASN          uint32    `col:"asn" doc:"an AS of the paths"`
	BeforeASN    uint32    `col:"before_asn" doc:"the AS directly before it, on the side of the peer: it passes on what the other one announced to it"`
	Paths        int64     `col:"paths" unit:"paths" doc:"entries of the hour's dumps with both, next to each other; those with an AS_SET are not counted"`
	FullFeedASes int64     `col:"full_feed_ases" unit:"ASes" doc:"distinct ASes of the full-feed peers that send such a path, before_asn not counted"`
	Attested     string    `col:"attested" doc:"what the ASPA of asn says of before_asn: provider, not-provider, or none if there is no ASPA"`
}

// ASPAHops has one row for each pair of neighbours in the paths of each hour that has dumps with peers and ASPAs.
var ASPAHops = table.New[ASPAHop](table.Doc{
	Name: "aspa_hops", Version: 1, Derived: true, Partition: "an hour with dumps and ASPAs",
	Row: "An AS and one directly before it in paths, and whether an ASPA lists it as a provider.",
})
