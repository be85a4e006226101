package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// RouteCount counts the routes of an hour that have the same states, as in route_states.
type RouteCount struct {
	Time       time.Time `col:"time" doc:"hour of the dumps that are judged together, UTC"`
	Family     uint32    `col:"family" doc:"4 or 6"`
	LeftOut    string    `col:"left_out" doc:"why the table metrics leave the routes out; empty: they count them"`
	BogonClass string    `col:"bogon_class" doc:"class of bogons, none, or unknown, as in route_states" rfc:"6890,8190,7607,6996,5398"`
	Verdict    string    `col:"verdict" doc:"how far the routes reach, as in route_states"`
	ROVState   string    `col:"rov_state" doc:"valid, invalid-origin, invalid-length, not-found or unknown, as in route_states" rfc:"6811"`
	Because    string    `col:"rov_unknown_because" doc:"why the state of route origin validation is unknown; empty: it is known" rfc:"6811"`
	Rescued    bool      `col:"rov_rescued" doc:"the routes are invalid, and a less specific prefix with the same origin is valid or not-found" rfc:"6811"`
	Change     string    `col:"change" doc:"of newly seen routes what is new: new prefix, another origin or one more origin; no: they are not newly seen; unknown: nothing is there to compare with"`
	Routes     int64     `col:"routes" unit:"routes" doc:"pairs of prefix and origin with all of these states"`
}

// RouteCounts has one row for each combination of states that a route of an hour with dumps has.
var RouteCounts = table.New[RouteCount](table.Doc{
	Name: "route_counts", Version: 1, Derived: true, Partition: "an hour with dumps",
	Row: "How many routes of a family have the same states at a time: route_states, counted.",
})

// RouteHour is an hour of route_states in one family: whose dumps are judged, and by the registries of which days.
type RouteHour struct {
	Time        time.Time `col:"time" doc:"hour of the dumps that are judged together, UTC"`
	Family      uint32    `col:"family" doc:"4 or 6"`
	Collectors  string    `col:"collectors" doc:"collectors whose dumps have routes of the family, ascending, comma-separated"`
	Routes      int64     `col:"routes" unit:"routes" doc:"pairs of prefix and origin, with those that the table metrics leave out"`
	SpecialDate string    `col:"special_registry_date" doc:"day of the special-purpose registry that was used, YYYY-MM-DD; empty: none" rfc:"6890"`
	ROADate     string    `col:"roa_date" doc:"days of the payloads that were used, YYYY-MM-DD, comma-separated; empty: none" rfc:"6811"`
}

// RouteHours has one row for each family with routes and hour with dumps.
var RouteHours = table.New[RouteHour](table.Doc{
	Name: "route_hours", Version: 1, Derived: true, Partition: "an hour with dumps",
	Row: "A family of routes at a time: the collectors that saw them, and the days of the registries that judge them.",
})

// TranslationRoute is a route that equals or lies inside a block for translated or shared addresses.
type TranslationRoute struct {
	Time         time.Time `col:"time" doc:"hour of the dumps that are judged together, UTC"`
	Block        string    `col:"block" doc:"64:ff9b::/96, 64:ff9b:1::/48 or 100.64.0.0/10" rfc:"6052,8215,6598"`
	Family       uint32    `col:"family" doc:"4 or 6"`
	Prefix       string    `col:"prefix" doc:"address block in CIDR notation"`
	PrefixLength uint32    `col:"prefix_length" unit:"bits" doc:"length of the prefix"`
	OriginASN    uint32    `col:"origin_asn" doc:"origin AS; 0 if there is none or an AS_SET" rfc:"4271"`
	OriginSet    string    `col:"origin_set" doc:"members of the AS_SET that ends the path; empty if there is none" rfc:"6472,9774"`
	Verdict      string    `col:"verdict" doc:"how far the route reaches, as in route_states"`
	Peers        *int64    `col:"peers" unit:"peers" doc:"peers that carry it, over all dumps of the hour; null: no table with the route says how many"`
}

// TranslationRoutes has one row for each such route of each hour with dumps.
var TranslationRoutes = table.New[TranslationRoute](table.Doc{
	Name: "translation_routes", Version: 1, Derived: true, Partition: "an hour with dumps",
	Row: "A route inside a block for translated or shared addresses at a time, out of route_states.",
})
