package bmp

import (
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
)

// flow is one direction of a TCP connection.
type flow struct{ from, to netip.AddrPort }

// segment is a TCP segment.
type segment struct {
	flow
	sequence uint32
	syn      bool
	payload  []byte
}

// linkHeaders are the sizes of link headers and the places of the EtherType in them, by the link type of pcap; -1: there is none.
var linkHeaders = map[uint32]struct{ size, ether int }{
	0: {4, -1}, 1: {14, 12}, 12: {0, -1}, 14: {0, -1}, 101: {0, -1}, 113: {16, 14}, 228: {0, -1}, 229: {0, -1}, 276: {20, 0},
}

// segmentOf returns the TCP segment in a packet. Fragments and what is not TCP have none.
func segmentOf(b []byte, link uint32) (s segment, ok bool) {
	head := linkHeaders[link]
	if len(b) < head.size {
		return s, false
	}
	if head.ether >= 0 {
		const vlan, serviceVLAN, ipv4, ipv6 = 0x8100, 0x88a8, 0x0800, 0x86dd
		kind := binary.BigEndian.Uint16(b[head.ether:])
		b = b[head.size:]
		for (kind == vlan || kind == serviceVLAN) && len(b) >= 4 {
			kind, b = binary.BigEndian.Uint16(b[2:]), b[4:]
		}
		if kind != ipv4 && kind != ipv6 {
			return s, false
		}
	} else {
		b = b[head.size:]
	}
	from, to, b, ok := ipOf(b)
	if !ok || len(b) < 20 {
		return s, false
	}
	size := int(b[12]>>4) * 4
	if size < 20 || len(b) < size {
		return s, false
	}
	const syn = 2
	s.flow = flow{netip.AddrPortFrom(from, binary.BigEndian.Uint16(b)), netip.AddrPortFrom(to, binary.BigEndian.Uint16(b[2:]))}
	s.sequence, s.syn, s.payload = binary.BigEndian.Uint32(b[4:]), b[13]&syn != 0, b[size:]
	return s, true
}

// ipOf returns what an IP packet holds of TCP.
func ipOf(b []byte) (from, to netip.Addr, rest []byte, ok bool) {
	const tcp = 6
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		head, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
		const fragment = 0x3fff
		if head < 20 || total < head || total > len(b) || b[9] != tcp || binary.BigEndian.Uint16(b[6:])&fragment != 0 {
			return from, to, nil, false
		}
		return netip.AddrFrom4([4]byte(b[12:])), netip.AddrFrom4([4]byte(b[16:])), b[head:total], true
	case len(b) >= 40 && b[0]>>4 == 6:
		total := 40 + int(binary.BigEndian.Uint16(b[4:]))
		if total > len(b) || b[6] != tcp {
			return from, to, nil, false
		}
		return netip.AddrFrom16([16]byte(b[8:])), netip.AddrFrom16([16]byte(b[24:])), b[40:total], true
	}
	return from, to, nil, false
}

// maxWaiting bounds the octets of a stream that wait for those before them.
const maxWaiting = 1 << 20

// stream is what one end of a connection sends, in order again.
type stream struct {
	*translator
	started bool
	opening bool              // only a SYN with data was read
	next    uint32            // sequence number
	waiting map[uint32][]byte // segments behind a gap
	waits   int               // octets in them
	unread  []byte            // the beginning of a message
	isBMP   bool              // a message was found
	lost    bool              // bytes are missing, or no BMP: the next message is looked for at the start of a segment
	wrong   []error
}

// segment reads a segment, once those before it were read.
func (s *stream) segment(g *segment) {
	if g.syn {
		s.sessions, s.unread, s.lost = map[sessionKey]*session{}, nil, false // a new connection
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
	if s.isBMP {
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
	if s.lost || !s.isBMP && len(s.unread) == 0 {
		if !isHeader(b) {
			return
		}
		s.lost = false
	}
	s.unread = append(s.unread, b...)
	for len(s.unread) >= headerSize {
		if !isHeader(s.unread) {
			if s.isBMP {
				s.wrong = append(s.wrong, errNotBMP)
			}
			s.unread, s.lost = nil, true
			return
		}
		size := int(binary.BigEndian.Uint32(s.unread[1:]))
		if len(s.unread) < size {
			return
		}
		s.isBMP = true
		if err := s.translate(s.unread[5], s.unread[headerSize:size]); err != nil {
			s.wrong = append(s.wrong, err)
		}
		s.unread = s.unread[size:]
	}
}
