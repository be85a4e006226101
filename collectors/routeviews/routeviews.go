// Package routeviews listens to RouteViews' live stream, BMP messages (RFC 7854) behind OpenBMP's headers in topics of Kafka, for the
// prefixes and ASes that somebody watches, and returns it as MRT (RFC 6396 section 4.4). The brokers send all that the collectors hear of
// the peers of their topics, and what nobody watches is thrown away here.
//
//	message                         record
//	Route Monitoring of an UPDATE   BGP4MP_ET MESSAGE_AS4, or MESSAGE, if it is about what is watched
//	Peer Up, Peer Down              BGP4MP_ET STATE_CHANGE_AS4
//
// RouteViews' collectors run FRR, whose BMP gets three things wrong, as messages of 2021 show and bug reports of 2026 confirm. The records
// have what the peer sent:
//
//   - Routes are marked as post-policy, which MRT cannot express. The collectors have no policy, so the mark is dropped. If a collector
//     reports both RIBs, the one before policy is recorded.
//   - The AS path begins with the collector's own AS, which is removed (FRR pull request 21815).
//   - AS numbers are said to have four octets even in paths where they have two; the size is found by decoding the path.
//
// The time in the per-peer header counts from the router's start. A record has the time at which OpenBMP's collector received the message.
package routeviews

import (
	"net/netip"
	"time"
)

// collectorASN is the AS of RouteViews' collectors.
const collectorASN = 6447

// Message is a message of the bus.
type Message struct {
	Topic     string
	Partition int32
	Offset    int64

	Time      time.Time // when OpenBMP's collector received it, in UTC
	Collector string    // of RouteViews: linx. Each is a vantage of its own
	Peer      netip.Addr
	Record    []byte // of MRT; lent. nil: it says nothing of what is watched, or cannot be read
}

// Positions are where reading goes on.
type Positions struct {
	Since time.Time                  `json:"since"` // partitions of which nothing was read are read from this time on, by the time that they have in Kafka
	Next  map[string]map[int32]int64 `json:"next"`  // by topic and partition: the offset behind the last message that was read
}

// Pass notes that a message was read.
func (p *Positions) Pass(m *Message) {
	if p.Next == nil {
		p.Next = map[string]map[int32]int64{}
	}
	if p.Next[m.Topic] == nil {
		p.Next[m.Topic] = map[int32]int64{}
	}
	p.Next[m.Topic][m.Partition] = m.Offset + 1
}
