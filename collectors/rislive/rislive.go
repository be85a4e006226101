// Package rislive listens to RIS Live, RIPE NCC's stream of what the route collectors of RIS hear (https://ris-live.ripe.net/manual/), for
// the prefixes and ASes that somebody watches, and returns it as BGP messages, which become MRT.
//
//	message of RIS Live                  record (RFC 6396 section 4.4)
//	UPDATE                               BGP4MP_ET MESSAGE_AS4, or MESSAGE where the session has AS numbers of two octets
//	OPEN, NOTIFICATION, KEEPALIVE        the same, _LOCAL where the collector sent it
//	RIS_PEER_STATE (sent as STATE)       BGP4MP_ET STATE_CHANGE_AS4
//
// The record holds the octets of the message, which RIS Live sends beside its fields. An UPDATE that comes without them is encoded from its
// fields, which lack large and extended communities, LOCAL_PREF, and whatever else the fields have no word for.
//
// A subscription for an AS is one for paths, and a withdrawal has no path: only subscriptions for prefixes see withdrawals.
package rislive

import (
	"net/netip"
	"time"

	"tidemark/collectors/mrt"
)

// collectorASN is the AS of RIS's route collectors.
const collectorASN = 12654

// Message is a BGP message of a session of a route collector, or a change of the session's state.
type Message struct {
	Time        time.Time  // when the collector received it, in UTC, with microseconds
	Host        string     // the collector: rrc00. Each is a vantage of its own
	PeerAddress netip.Addr // without a zone
	PeerASN     uint32

	Raw       []byte // with the header (RFC 4271 section 4.1); nil: the state changed
	TwoOctets bool   // Raw has AS numbers of two octets (RFC 6793)
	Local     bool   // the collector sent it

	OldState, NewState uint16 // RFC 6396 section 4.4.1; 0: Raw is a message
}

// AppendMRT appends the message as a record of BGP4MP_ET.
func (m *Message) AppendMRT(to []byte) []byte {
	h := mrt.Header{
		Seconds: uint32(m.Time.Unix()), Micros: uint32(m.Time.Nanosecond() / 1000),
		Peer: mrt.Peer{Address: m.PeerAddress, ASN: m.PeerASN}, Collector: mrt.Peer{ASN: collectorASN},
		TwoOctets: m.TwoOctets, Local: m.Local,
	}
	if m.Raw == nil {
		return h.AppendState(to, m.OldState, m.NewState)
	}
	return h.AppendMessage(to, m.Raw)
}
