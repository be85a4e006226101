package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// WatchedUpdate is what an update file says of a session, or of a watched prefix on it, when the file ends.
type WatchedUpdate struct {
	Collector     string    `col:"collector,label" doc:"route collector that wrote the file"`
	From          time.Time `col:"file_from,label" doc:"time from which the file tells, UTC: that in its name, or else the minute of its first record"`
	Until         time.Time `col:"file_until,label" doc:"time up to which the file is known to tell, UTC: the end of the minute of its newest record, or file_from if it has none"`
	Kind          string    `col:"kind" doc:"file: the first row of each file; session: the session was lost or came up, so that nothing holds that it said before; route: a watched prefix, or one inside it, on a session" rfc:"6396"`
	File          string    `col:"file,label" doc:"of a file, the raw file; empty otherwise"`
	Damage        string    `col:"damage,label" doc:"of a file, what is damaged in it; empty: nothing"`
	PeerAddress   string    `col:"peer_address" doc:"address of the peering session; empty for a file" rfc:"6396"`
	PeerASN       uint32    `col:"peer_asn" doc:"AS number of the peer; 0 for a file" rfc:"6793"`
	Family        uint32    `col:"family" doc:"of a route, 4 or 6; 0 otherwise"`
	Prefix        string    `col:"prefix" doc:"of a route, the address block in CIDR notation; empty otherwise" rfc:"4271,4760"`
	PrefixLength  uint32    `col:"prefix_length" unit:"bits" doc:"length of the prefix"`
	PathID        *int64    `col:"path_id" doc:"ADD-PATH identifier; null if the session does not use it" rfc:"7911,8050"`
	State         string    `col:"state" doc:"of a route, announced or withdrawn; of a session, up or down; empty for a file" rfc:"4271"`
	Time          time.Time `col:"time" doc:"of the newest record about it; of a file, file_from"`
	Since         time.Time `col:"since" doc:"of an announced route, when the session began to announce it with that path, as far as the file shows; otherwise as time"`
	ASPath        string    `col:"as_path" doc:"of an announced route, its path as in updates; empty otherwise" rfc:"4271,6793"`
	OriginASN     uint32    `col:"origin_asn" doc:"of an announced route, the last AS of the path; 0 if there is none or an AS_SET" rfc:"4271"`
	Announcements int64     `col:"announcements" unit:"elements" doc:"of a route, announcements in the file" rfc:"4271"`
	Withdrawals   int64     `col:"withdrawals" unit:"elements" doc:"of a route, withdrawals in the file" rfc:"4271"`
}

// WatchedUpdates has for each update file a row of itself, one for each session whose state changed, and one for each route inside a watched
// prefix that a session announced or withdrew.
var WatchedUpdates = table.New[WatchedUpdate](table.Doc{
	Name: "watched_updates", Version: 1, Derived: true, Partition: "an update file",
	Row: "What an update file says of the prefixes of the watch list: the state of each when the file ends, by session and path identifier, and how often it changed. It is made again when the prefixes of the rules change.",
})
