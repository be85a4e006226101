package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// RouteLeak is a route that an AS passed on against the relations of its neighbours.
type RouteLeak struct {
	Time      time.Time `col:"time" doc:"hour of the dumps that are judged together, UTC"`
	Family    uint32    `col:"family" doc:"4 or 6"`
	Prefix    string    `col:"prefix" doc:"address block in CIDR notation"`
	OriginASN uint32    `col:"origin_asn" doc:"origin AS; paths that end in an AS_SET are not judged" rfc:"4271"`
	LeakASN   uint32    `col:"leak_asn" doc:"AS that passed the route on: from a provider to a provider or a peer, or from a peer to a provider; of several the one on the most paths" rfc:"7908"`
	Valley    string    `col:"valley" doc:"the three ASes, the origin's side last, with what each neighbour is to the one that leaks: 3 (provider) < 64500 < 7 (peer)" rfc:"7908"`
	Paths     int64     `col:"paths" unit:"paths" doc:"entries of the hour's dumps for the route whose path has a valley"`
	Path      string    `col:"as_path" doc:"the first such path as it was received, without prepending, the peer first; route servers that the configuration names are skipped when it is judged" rfc:"4271"`
	SeenBy    string    `col:"seen_by" doc:"peers with such a path as collector/address/AS, comma-separated, at most sixteen"`
}

// RouteLeaks has one row for each (prefix, origin) with a valley in a path, for each hour that has dumps with paths.
var RouteLeaks = table.New[RouteLeak](table.Doc{
	Name: "route_leaks", Version: 1, Derived: true, Partition: "an hour with dumps",
	Row: "A route whose path goes down or over to an AS and up again, or down and over, by the relations of as_links (RFC 7908, types 1, 3 and 4). Relations that are unknown prove nothing, and two peers of one AS in a row are too often wrongly inferred.",
})

// OTCState is a route with the attribute Only to Customer, and whether it is where it must not be.
type OTCState struct {
	Time      time.Time `col:"time" doc:"hour of the dumps that are judged together, UTC"`
	Family    uint32    `col:"family" doc:"4 or 6"`
	Prefix    string    `col:"prefix" doc:"address block in CIDR notation"`
	OriginASN uint32    `col:"origin_asn" doc:"origin AS; paths with an AS_SET or a confederation are not judged" rfc:"4271"`
	State     string    `col:"state" doc:"leak: on a path an AS behind the one of the attribute passed the route on to a provider or a peer; kept: on all of them it is seen to go to customers only; unknown: neither, as a relation is unknown or against the attribute, or its AS is not on the path, like a route server that hides itself. The number of a route server that the configuration names counts as that of the client before it" rfc:"9234"`
	Paths     int64     `col:"paths" unit:"paths" doc:"entries of the hour's dumps for the route that have the attribute"`
	Leaked    int64     `col:"leaked_paths" unit:"paths" doc:"those of them that show a leak"`
	OTC       uint32    `col:"otc" doc:"AS of the attribute, of the first entry with the state" rfc:"9234"`
	LeakASN   uint32    `col:"leak_asn" doc:"of a leak, the AS that passed the route on; 0 otherwise"`
	Hop       string    `col:"hop" doc:"of a leak, the AS that passed the route on and the one that got it, with what that is to the first: 3 (provider) < 64500, OTC 7; empty otherwise" rfc:"9234"`
	Path      string    `col:"as_path" doc:"of a leak, the path of that entry, without prepending, the peer first; empty otherwise" rfc:"4271"`
	SeenBy    string    `col:"seen_by" doc:"of a leak, peers with such a path as collector/address/AS, comma-separated, at most sixteen; empty otherwise"`
}

// OTCStates has one row for each (prefix, origin) of which an entry has the attribute, for each hour that has dumps with paths.
var OTCStates = table.New[OTCState](table.Doc{
	Name: "otc_states", Version: 1, Derived: true, Partition: "an hour with dumps",
	Row: "A route with Only to Customer (RFC 9234). The attribute itself proves that the route went to a customer or a peer at the AS that it names; the relations of as_links decide where the route went from there.",
})

// RouteMark is what changed with a route between two hours of the same collectors.
type RouteMark struct {
	Time          time.Time  `col:"time" doc:"hour of the dumps, UTC"`
	Before        *time.Time `col:"before" doc:"for a beginning, the hour before with dumps of the same collectors if it is known to be without it; null: that is not known"`
	Kind          string     `col:"kind" doc:"kind of event as in route_events; any-change: the mark is about every change that the route is part of"`
	Edge          string     `col:"edge" doc:"begins; rises: more full feeds carry the route (of any-change: a tenth of them more); blurs: it is no longer known whether the state holds; ends"`
	Family        *int64     `col:"family" doc:"4 or 6; null: the mark is about an AS"`
	Prefix        string     `col:"prefix" doc:"address block in CIDR notation; empty: the mark is about an AS"`
	OriginASN     uint32     `col:"origin_asn" doc:"origin AS; 0: an AS_SET, or all origins" rfc:"4271"`
	OriginSet     string     `col:"origin_set" doc:"members of the AS_SET that ends the path; empty if there is none" rfc:"6472,9774"`
	Others        string     `col:"others" doc:"of a beginning, the origins that the prefix had before, or the one that covers it, comma-separated"`
	CoveredBy     string     `col:"covered_by" doc:"of a more specific prefix, the longest prefix that covered it before; empty otherwise"`
	FullFeedPeers *int64     `col:"full_feed_peers" unit:"peers" doc:"peers with a full table that carry the route, of lost-visibility that carried it before; null: not known"`
	FullFeedTotal *int64     `col:"full_feed_total" unit:"peers" doc:"all peers with a full table of the family; null: not known"`
	FullFeedASes  *int64     `col:"full_feed_ases" unit:"ASes" doc:"distinct ASes of all those peers; null: not known"`
	Detail        string     `col:"detail" doc:"of a beginning, what decides: the registry line, the payloads, the hop or the valley; empty: nothing more is known"`
	SeenBy        string     `col:"seen_by" doc:"of a beginning, peers with the route as collector/address/AS, comma-separated, at most sixteen"`
	Path          string     `col:"as_path" doc:"of a beginning, one of their paths, without prepending; empty: none is stored" rfc:"4271"`
	Innocent      []string   `col:"innocent" doc:"of a beginning, what speaks for an innocent reading, see route_events"`
}

// RouteMarks has one row for each change between the dumps of an hour and those before of the same collectors.
var RouteMarks = table.New[RouteMark](table.Doc{
	Name: "route_marks", Version: 1, Derived: true, Partition: "an hour with dumps",
	Row: "Where an event of a route begins, grows or ends, between two hours of the same collectors; route_events is made of them.",
})

// RouteEvent is something that happened to a route or an AS, with its beginning and its end.
type RouteEvent struct {
	Kind          string     `col:"kind" doc:"origin-change: all origins of a prefix were replaced, at most 8 days after the dumps before; moas: one more origin; more-specific-by-other-origin: a new prefix inside one of other origins; new-bogon, rov-invalid, aspa-invalid: as in route_states and aspa_states; route-leak: as in route_leaks; otc-leak: as in otc_states; lost-visibility: a prefix that most full feeds carried is carried by less than a tenth; as-vanished: an AS with such a prefix no longer originates any" rfc:"6811,7908,9234"`
	Family        *int64     `col:"family" doc:"4 or 6; null: the event is about an AS"`
	Prefix        string     `col:"prefix" doc:"address block in CIDR notation; empty: the event is about an AS"`
	OriginASN     uint32     `col:"origin_asn" doc:"the new origin, that of the route concerned, or the AS that vanished; 0: an AS_SET, or all origins" rfc:"4271"`
	OriginSet     string     `col:"origin_set" doc:"members of the AS_SET that ends the path; empty if there is none" rfc:"6472,9774"`
	Others        string     `col:"others" doc:"the origins before, or those of the prefix that covers a more specific one, comma-separated"`
	CoveredBy     string     `col:"covered_by" doc:"of a more specific prefix, the longest prefix that covered it before; empty otherwise"`
	NotBefore     *time.Time `col:"not_before" doc:"newest hour before it, of the same collectors, that is known to be without it; null: unknown"`
	SeenFrom      time.Time  `col:"seen_from" doc:"first hour with it: it began after not_before and not later than this"`
	LastSeen      time.Time  `col:"last_seen" doc:"last hour with it: it ended after this and not later than gone_by"`
	GoneBy        *time.Time `col:"gone_by" doc:"first hour that is known to be without it again; null: none is"`
	Status        string     `col:"status" doc:"ended; still: it is in the newest dumps of its collectors, those of last_seen, and nothing is known since; unknown: these are more than 8 days older than the newest of all, or lack the registries to judge it"`
	Unjudged      []string   `col:"unjudged" doc:"times of more than 8 days between last sights of it, after which it was there again, as 2020-01-01T00:00:00Z/2020-02-01T00:00:00Z: no dump of its collectors, or no registry to judge it, says whether it went on meanwhile"`
	FullFeedPeers *int64     `col:"peak_full_feed_peers" unit:"peers" doc:"most peers with a full table that carried the route, of lost-visibility those before; a change's peak is raised only by steps of a tenth of the feeds; null: not known"`
	FullFeedTotal *int64     `col:"peak_full_feed_total" unit:"peers" doc:"all peers with a full table at that time; null: not known"`
	FullFeedASes  *int64     `col:"peak_full_feed_ases" unit:"ASes" doc:"distinct ASes of all those peers; null: not known"`
	PeakTime      time.Time  `col:"peak_time" doc:"hour of the peak"`
	Detail        string     `col:"detail" doc:"what decides: the registry line, the payloads, the hop or the valley; empty: nothing more is known"`
	SeenBy        string     `col:"seen_by" doc:"peers with the route when it began, as collector/address/AS, comma-separated, at most sixteen"`
	Path          string     `col:"as_path" doc:"one of their paths, without prepending; empty: none is stored" rfc:"4271"`
	Innocent      []string   `col:"innocent" doc:"what speaks for an innocent reading when it began: valid-roa; customer, provider or peer of one of others, as as_links has it; same-holder: one of others, or the prefix, or a neighbour of the AS that leaks, has the opaque identifier of the same holder in the registry's extended delegations; anycast: the prefix is that of a root server or of AS112 (RFC 7534, 7535), while other anycast is in no public registry and not known. Empty: nothing at hand does, which proves nothing"`
	Earlier       int64      `col:"earlier" unit:"events" doc:"ended events before it of the same kind, prefix and origin"`
}

// RouteEvents has one row for each event. Events of one key in several sets of collectors are one, unless both show that it was over
// between.
var RouteEvents = table.New[RouteEvent](table.Doc{
	Name: "route_events", Version: 2, Derived: true, Joined: true, Partition: "all hours together",
	Row: "Something that happened to a route or an AS, with the hours between which it began and ended.",
})
