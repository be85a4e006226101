package datasets

import (
	"time"

	"tidemark/datasets/table"
)

// UpdateError counts the UPDATE messages of a peer in which one thing was wrong.
type UpdateError struct {
	Collector   string    `col:"collector,label" doc:"route collector that wrote the file"`
	Time        time.Time `col:"time,label" doc:"time of the first of the messages" rfc:"6396"`
	PeerAddress string    `col:"peer_address" doc:"address of the peer that sent them" rfc:"6396"`
	PeerASN     uint32    `col:"peer_asn" doc:"AS number of that peer" rfc:"6793"`
	Attribute   string    `col:"attribute" doc:"path attribute by its name in IANA's registry; NLRI, Withdrawn Routes or UPDATE if the error is outside the attributes" rfc:"4271"`
	Fault       string    `col:"fault" doc:"malformed, repeated, missing, wrong flags, AS 0, or overrun: it ends behind the path attributes" rfc:"7606,7607"`
	Handling    string    `col:"handling" doc:"prescribed for the error on that session: attribute discard, treat-as-withdraw or session reset; the severest of a message holds" rfc:"7606"`
	Messages    int64     `col:"messages" unit:"messages" doc:"UPDATE messages with the error"`
}

// UpdateErrors has one row for each kind of error of each peer in an update file.
var UpdateErrors = table.New[UpdateError](table.Doc{
	Name: "update_errors", Version: 1, Partition: "an update file",
	Row: "An error in UPDATE messages: who sent it, in which attribute, and how RFC 7606 treats it.",
})
