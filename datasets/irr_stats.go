package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// Whether route objects have the prefix of a route: one with its origin, only others, or none. Unknown: no dump of the family is at hand, or
// the route has no known origin.
const (
	IRRMatching = "matching"
	IRROther    = "other-origin"
	IRRNone     = "none"
	IRRUnknown  = "unknown"
)

// IRRStat counts routes by what route objects and route origin validation say of them.
type IRRStat struct {
	Time     time.Time `col:"time" doc:"hour of the dumps, UTC"`
	Family   uint32    `col:"family" doc:"4 or 6"`
	Source   string    `col:"source" doc:"registry whose route objects are compared, as it names itself, see irr_routes; empty: all registries together" rfc:"2622"`
	FileDate string    `col:"file_date" doc:"days of the dumps that were used, YYYY-MM-DD, comma-separated; empty: none of the family is at hand"`
	State    string    `col:"irr_state" doc:"matching: an object has the prefix and the origin; other-origin: objects have the prefix, with other origins only; none: no object has the prefix, be it that one of a less specific prefix exists; unknown: no dump of the family is at hand, or the table names no origins" rfc:"2622,4012"`
	ROVState string    `col:"rov_state" doc:"state of the same routes by route origin validation, as in route_states" rfc:"6811"`
	Routes   int64     `col:"routes" unit:"routes" doc:"pairs of prefix and origin that the table metrics count and that are not known to be bogons"`
}

// IRRStats has one row for each pair of states that routes of an hour have, by registry and for all together.
var IRRStats = table.New[IRRStat](table.Doc{
	Name: "irr_stats", Version: 1, Derived: true, Partition: "an hour with dumps",
	Row: "How many routes have a route object with their origin, with another one or none, by their state of route origin validation.",
})
