package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// PrefixUpdate counts a day's updates of one prefix, over all peers of a collector.
type PrefixUpdate struct {
	Collector     string    `col:"collector" doc:"route collector with the sessions"`
	Day           time.Time `col:"update_day,date" doc:"day of the updates, UTC"`
	Family        uint32    `col:"family" doc:"4 or 6"`
	Prefix        string    `col:"prefix" doc:"address block in CIDR notation" rfc:"4271,4760"`
	OriginASN     uint32    `col:"origin_asn" doc:"origin of the day's last announcement; 0: none was announced, or it ends in an AS_SET" rfc:"4271"`
	Peers         int64     `col:"peers" unit:"peers" doc:"peers that sent an update of the prefix"`
	Announcements int64     `col:"announcements" unit:"elements" doc:"announcements of the prefix, including those that replace a route" rfc:"4271"`
	Withdrawals   int64     `col:"withdrawals" unit:"elements" doc:"withdrawals of the prefix" rfc:"4271"`
	First         int64     `col:"first" unit:"elements" doc:"first element of a peer on that day: what it replaces is unknown, so it is of none of the types that follow"`
	Longer        int64     `col:"aa_longer" unit:"elements" doc:"AA+: an announcement replaces one with a shorter path; the paths as sent, a set counts 1, confederation segments 0"`
	Shorter       int64     `col:"aa_shorter" unit:"elements" doc:"AA-: an announcement replaces one with a longer path"`
	SameLength    int64     `col:"aa_same_length" unit:"elements" doc:"AA0: an announcement replaces one with another path of the same length"`
	Attributes    int64     `col:"aa_attributes" unit:"elements" doc:"AA*: an announcement replaces one with the same path and other attributes"`
	Duplicates    int64     `col:"aa_duplicates" unit:"elements" doc:"AA: an announcement replaces one that is equal to it"`
	Reannounced   int64     `col:"wa" unit:"elements" doc:"WA: an announcement follows a withdrawal"`
	Withdrawn     int64     `col:"aw" unit:"elements" doc:"AW: a withdrawal follows an announcement"`
	Repeated      int64     `col:"ww" unit:"elements" doc:"WW: a withdrawal follows a withdrawal"`
	Gap           int64     `col:"gap_seconds" unit:"s" doc:"elements of a peer that are closer than this belong to one convergence event"`
	Events        int64     `col:"events" unit:"events" doc:"convergence events: sequences of a peer's elements of the prefix without a gap of gap_seconds or more; midnight ends them"`
	EventSeconds  float64   `col:"event_seconds" unit:"s" doc:"sum of the times from the first to the last element of an event; an event of one element takes none"`
	SingleEvents  int64     `col:"single_events" unit:"events" doc:"events of one element"`
}

// PrefixUpdates has one row for each prefix of a collector's day of which a peer sent an update.
var PrefixUpdates = table.New[PrefixUpdate](table.Doc{
	Name: "prefix_updates", Version: 1, Derived: true, Partition: "a collector's day",
	Row: "What the peers of a collector sent of a prefix on a day: how much, of which types, and in how many convergence events.",
})
