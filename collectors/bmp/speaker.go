package bmp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"tidemark/collectors/bgp"
)

const (
	bgpPort   = 179 // RFC 4271 section 8.2.1
	bgpHeader = 19
)

// bgpMarker begins each message (RFC 4271 section 4.1).
var bgpMarker = bytes.Repeat([]byte{0xff}, 16)

// isBGP reports whether b may begin with a BGP message, of which it may be a part.
func isBGP(b []byte) bool {
	if len(b) < bgpHeader {
		return len(b) > 0 && bytes.HasPrefix(bgpMarker, b[:min(len(b), len(bgpMarker))])
	}
	kind := bgp.MessageType(b[bgpHeader-1])
	return bytes.HasPrefix(b, bgpMarker) && binary.BigEndian.Uint16(b[16:]) >= bgpHeader && kind >= bgp.MessageOpen && kind <= bgp.MessageRouteRefresh
}

// findBGP returns where the first BGP message in b begins; -1 if there is none.
func findBGP(b []byte) int {
	for at := 0; ; at++ {
		next := bytes.Index(b[at:], bgpMarker)
		if next < 0 {
			return -1
		}
		if at += next; isBGP(b[at:]) {
			return at
		}
	}
}

// speaker is an end of a BGP session, as far as the capture has it. Each end is a peer of what is written.
type speaker struct {
	opened      bool
	says        bgp.Capabilities // in its OPEN message
	established bool
	assumed     int // UPDATE messages that were read without both OPEN messages
	twoOctets   int // those of them whose AS numbers have two octets
}

// assumption says what was assumed about the messages of a stream; nil if nothing was.
func (s *speaker) assumption(of *stream) error {
	if s.assumed == 0 {
		return nil
	}
	return fmt.Errorf("the capture lacks an OPEN message between %s and %s: for %d UPDATE messages of the former, AS numbers of four octets are assumed (of two in %d, which cannot be read with four), and no path identifiers where NLRI can be read without; an unknown AS is written as 0",
		of.flow.from, of.flow.to, s.assumed, s.twoOctets)
}

// bgpMessage translates a BGP message.
func (s *stream) bgpMessage(pdu []byte) error {
	kind := bgp.MessageType(pdu[bgpHeader-1])
	if kind == bgp.MessageOpen {
		s.speaker.opened, s.speaker.says = true, bgp.CapabilitiesOf(pdu)
	}
	fourOctets, addPath := true, false
	if other := s.reverse; s.speaker.opened && other != nil && other.speaker.opened {
		fourOctets = kind != bgp.MessageUpdate || s.speaker.says.FourOctets && other.speaker.says.FourOctets
		addPath = s.speaker.says.PathIDsTo(other.speaker.says)[bgp.FamilyOf(pdu)]
	} else if kind == bgp.MessageUpdate {
		s.speaker.assumed++
		if twoOctets(pdu) {
			fourOctets = false
			s.speaker.twoOctets++
		}
	}
	p, session := s.ends()
	h := header(p, session)
	h.TwoOctets, h.AddPath = !fourOctets, addPath
	s.out = h.AppendMessage(s.out, pdu)
	switch {
	case kind == bgp.MessageKeepalive && s.speaker.opened && !s.speaker.established:
		s.speaker.established = true
		s.change(openConfirm, established)
	case kind == bgp.MessageNotification:
		s.down()
	}
	return nil
}

// ends returns both ends of a session: the one that sends this stream, and the one that receives it.
func (s *stream) ends() (*peerHeader, *session) {
	p := &peerHeader{address: s.flow.from.Addr(), asn: s.speaker.says.ASN, seconds: s.captured.seconds, micros: s.captured.micros}
	to := &session{local: s.flow.to.Addr()}
	if s.reverse != nil {
		to.asn = s.reverse.speaker.says.ASN
	}
	return p, to
}

// change appends a change of the session's state.
func (s *stream) change(from, to uint16) {
	p, session := s.ends()
	h := header(p, session)
	s.out = h.AppendState(s.out, from, to)
}

// down ends the session in both directions.
func (s *stream) down() {
	for _, end := range []*stream{s, s.reverse} {
		if end != nil && end.speaker.established {
			end.captured = s.captured
			end.change(established, idle)
			end.speaker.established = false
		}
	}
}

// twoOctets reports whether the AS numbers of an UPDATE can be read with two octets each, and cannot with four.
func twoOctets(pdu []byte) bool {
	u, err := bgp.ParseUpdate(pdu[bgpHeader:])
	return err == nil && !hasPath(u.Attributes, 4) && hasPath(u.Attributes, 2)
}

// hasPath reports whether no AS number of the attributes is malformed, read with so many octets.
func hasPath(attributes []byte, octets int) bool {
	var a bgp.Attributes
	if a.Decode(attributes, bgp.Form{ASSize: octets}) != nil {
		return false
	}
	for _, p := range a.Problems() {
		if p.Fault == bgp.Malformed && (p.Attribute == bgp.TypeASPath || p.Attribute == bgp.TypeAggregator) {
			return false
		}
	}
	return true
}

var errNotBGP = errors.New("no BGP message here; the next one is looked for")
