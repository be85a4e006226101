package bmp

import (
	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// bgp appends a record with a BGP message; local says that the router sent it.
func (r *translator) bgp(p *peerHeader, pdu []byte, local bool) {
	s := r.session(p)
	negotiated := s.in
	if local {
		negotiated = s.out
	}
	h := header(p, s)
	h.Local, h.TwoOctets, h.AddPath = local, p.flags&FlagTwoOctets != 0, len(negotiated) > 0 && negotiated[bgp.FamilyOf(pdu)]
	r.out = h.AppendMessage(r.out, pdu)
}

// state appends a change of state.
func (r *translator) state(p *peerHeader, from, to uint16) {
	h := header(p, r.session(p))
	r.out = h.AppendState(r.out, from, to)
}

// session returns what is known of a peer's session.
func (r *translator) session(p *peerHeader) *session {
	if s := r.sessions[p.key]; s != nil {
		return s
	}
	return &session{}
}

// header returns what a record says of a session.
func header(p *peerHeader, s *session) mrt.Header {
	return mrt.Header{
		Seconds: p.seconds, Micros: p.micros, Peer: mrt.Peer{Address: p.address, ASN: p.asn}, Collector: mrt.Peer{Address: s.local, ASN: s.asn},
	}
}
