package bmp

import (
	"encoding/binary"
	"net/netip"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// Subtypes of BGP4MP (RFC 6396 section 4.4, RFC 8050 section 3), by local, AS numbers of four octets, and path identifiers.
var messageSubtypes = map[[3]bool]uint16{
	{false, false, false}: 1, {false, true, false}: 4, {true, false, false}: 6, {true, true, false}: 7,
	{false, false, true}: 8, {false, true, true}: 9, {true, false, true}: 10, {true, true, true}: 11,
}

const stateChangeAS4 = 5

// bgp appends a record with a BGP message; local says that the router sent it.
func (r *translator) bgp(p *peerHeader, pdu []byte, local bool) {
	s := r.session(p)
	negotiated := s.in
	if local {
		negotiated = s.out
	}
	addPath := len(negotiated) > 0 && negotiated[familyOf(pdu)]
	fourOctets := p.flags&flagTwoOctets == 0
	r.record(p, s, messageSubtypes[[3]bool{local, fourOctets, addPath}], fourOctets, pdu)
}

// state appends a change of state.
func (r *translator) state(p *peerHeader, from, to uint16) {
	r.record(p, r.session(p), stateChangeAS4, true, states(from, to))
}

func states(from, to uint16) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, from), to)
}

// session returns what is known of a peer's session.
func (r *translator) session(p *peerHeader) *session {
	if s := r.sessions[p.key]; s != nil {
		return s
	}
	none := &session{local: netip.IPv4Unspecified()}
	if p.address.Is6() {
		none.local = netip.IPv6Unspecified()
	}
	return none
}

// record appends a record of BGP4MP_ET.
func (r *translator) record(p *peerHeader, s *session, subtype uint16, fourOctets bool, rest []byte) {
	at := len(r.out)
	b := binary.BigEndian.AppendUint32(r.out, p.seconds)
	b = binary.BigEndian.AppendUint16(b, uint16(mrt.BGP4MPET))
	b = binary.BigEndian.AppendUint16(b, subtype)
	b = binary.BigEndian.AppendUint32(b, 0) // the length, set below
	b = binary.BigEndian.AppendUint32(b, p.micros)
	for _, asn := range []uint32{p.asn, s.asn} {
		switch {
		case fourOctets:
			b = binary.BigEndian.AppendUint32(b, asn)
		case asn > 1<<16-1:
			b = binary.BigEndian.AppendUint16(b, bgp.TransASN)
		default:
			b = binary.BigEndian.AppendUint16(b, uint16(asn))
		}
	}
	b = append(b, 0, 0) // interface
	family := bgp.IPv4
	if p.address.Is6() {
		family = bgp.IPv6
	}
	b = binary.BigEndian.AppendUint16(b, uint16(family))
	b = append(append(b, p.address.AsSlice()...), s.local.AsSlice()...)
	b = append(b, rest...)
	binary.BigEndian.PutUint32(b[at+8:], uint32(len(b)-at-12))
	r.out = b
}
