package bmp

import (
	"encoding/binary"
	"fmt"
	"math"

	"tidemark/collectors/bgp"
)

// maxWaiting bounds the octets of a stream that wait for those before them.
const maxWaiting = 1 << 20

// protocol is how messages are found in a stream.
type protocol struct {
	name      string
	header    int               // octets
	is        func([]byte) bool // a message may begin so
	size      func(header []byte) int
	translate func(s *stream, message []byte) error
	none      error // instead of a message there is something else
}

var protocols = []*protocol{
	{"BMP", HeaderSize, isHeader, func(b []byte) int { return int(binary.BigEndian.Uint32(b[1:])) },
		func(s *stream, b []byte) error { return s.translate(b[5], b[HeaderSize:]) }, errNotBMP},
	{"BGP", bgpHeader, isBGP, func(b []byte) int { return int(binary.BigEndian.Uint16(b[16:])) },
		(*stream).bgpMessage, errNotBGP},
}

// stream is what one end of a connection sends, in order again.
type stream struct {
	*translator
	flow     flow
	reverse  *stream // what the other end sends; nil: not in the capture
	speaker  speaker // if it is BGP
	packets  int     // with octets
	started  bool
	opening  bool              // only a SYN with data was read
	next     uint32            // sequence number
	waiting  map[uint32][]byte // segments behind a gap
	waits    int               // octets in them
	unread   []byte            // the beginning of a message
	protocol *protocol         // nil: unknown
	begun    bool              // octets were read
	found    bool              // a message was found
	lost     bool              // bytes are missing, or not of the protocol: the next message is looked for
	wrong    []error
}

// segment reads a segment, once those before it were read.
func (s *stream) segment(g *segment) {
	if g.end {
		defer s.down()
	}
	if g.syn {
		s.down()
		s.speaker.opened, s.speaker.says = false, bgp.Capabilities{}
		s.sessions, s.unread, s.lost, s.begun = map[sessionKey]*session{}, nil, false, false // a new connection
		s.waiting, s.waits = map[uint32][]byte{}, 0
		s.started, s.next, s.opening = true, g.sequence+1, len(g.payload) > 0 // with data: RFC 7413
		s.accept(s.next, g.payload)
		return
	}
	if s.opening && g.sequence == s.next-1 { // anonymised captures number the SYN like the data
		s.next--
	}
	s.opening = false
	if !s.started {
		s.started, s.next = true, g.sequence
	}
	switch ahead := int32(g.sequence - s.next); {
	case ahead <= 0:
		s.accept(g.sequence, g.payload)
	case len(s.waiting[g.sequence]) < len(g.payload):
		s.waits += len(g.payload) - len(s.waiting[g.sequence])
		s.waiting[g.sequence] = g.payload
		if s.waits > maxWaiting {
			s.skip()
		}
	}
}

// accept reads a segment that begins at or before the octet that is next, and those that follow it.
func (s *stream) accept(sequence uint32, payload []byte) {
	for {
		if known := int(s.next - sequence); known < len(payload) {
			s.read(payload[known:])
			s.next += uint32(len(payload) - known)
		}
		var ok bool
		if sequence, payload, ok = s.waitingAt(); !ok {
			return
		}
	}
}

// waitingAt removes and returns the first segment that waited and need not wait any more.
func (s *stream) waitingAt() (sequence uint32, payload []byte, ok bool) {
	first := int32(1)
	for at := range s.waiting {
		first = min(first, int32(at-s.next))
	}
	if first > 0 {
		return 0, nil, false
	}
	sequence = s.next + uint32(first)
	payload = s.waiting[sequence]
	s.forget(sequence)
	return sequence, payload, true
}

func (s *stream) forget(sequence uint32) {
	s.waits -= len(s.waiting[sequence])
	delete(s.waiting, sequence)
}

// skip gives up the octets before the first segment that waits: they are not in the capture.
func (s *stream) skip() {
	gap := int32(math.MaxInt32)
	for sequence := range s.waiting {
		gap = min(gap, int32(sequence-s.next))
	}
	if s.found {
		s.wrong = append(s.wrong, fmt.Errorf("%d octets of the connection are not in the capture", gap))
	}
	s.next += uint32(gap)
	s.unread, s.lost = nil, true
	payload := s.waiting[s.next]
	s.forget(s.next)
	s.accept(s.next, payload)
}

// read reads octets of the stream.
func (s *stream) read(b []byte) {
	if s.lost || !s.found && len(s.unread) == 0 {
		at := s.begin(b)
		s.begun = s.begun || len(b) > 0
		if at < 0 {
			return
		}
		b, s.lost = b[at:], false
	}
	s.unread = append(s.unread, b...)
	for p := s.protocol; len(s.unread) >= p.header; {
		if !p.is(s.unread) {
			if s.found {
				s.wrong = append(s.wrong, p.none)
			}
			s.unread, s.lost = nil, true
			return
		}
		size := p.size(s.unread)
		if len(s.unread) < size {
			return
		}
		s.found = true
		if err := p.translate(s, s.unread[:size]); err != nil {
			s.wrong = append(s.wrong, err)
		}
		s.unread = s.unread[size:]
	}
}

// begin returns where a message begins in a segment, and sets its protocol; -1: nowhere. BMP has no mark but its header, and is
// looked for at the start of a segment. The mark of BGP is looked for anywhere in a session that is known, or has BGP's port;
// otherwise a file of its messages that is transferred would be taken for one.
func (s *stream) begin(b []byte) int {
	known := s.flow.from.Port() == bgpPort || s.flow.to.Port() == bgpPort
	for _, p := range protocols {
		isBGP := p.name == "BGP"
		switch {
		case s.found && s.protocol != p, known && !isBGP:
		case isBGP && (known || s.found):
			s.protocol = p
			if at := findBGP(b); at >= 0 || s.lost || !p.is(b) {
				return at
			}
			return 0 // a part of the mark
		case p.is(b) && !(isBGP && s.begun):
			s.protocol = p
			return 0
		}
	}
	return -1
}
