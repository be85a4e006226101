package mrt

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"tidemark/collectors/bgp"
)

// Message is a BGP4MP or BGP record: a BGP message of a session, or a change of the session's state (RFC 6396 section
// 4.4). Body is lent like the record's body.
type Message struct {
	Peer        Peer
	Collector   Peer // the other end of the session
	StateChange bool
	OldState    uint16 // of a state change; RFC 6396 section 4.4.1 numbers the states from 1, Idle, to 6, Established
	NewState    uint16
	Kind        bgp.MessageType
	Body        []byte // of the BGP message
	Form        bgp.Form
	Local       bool // sent by the collector, not received
}

// Internal reports whether both ends of the session are of one AS.
func (m *Message) Internal() bool { return m.Peer.ASN == m.Collector.ASN }

// ParseMessage parses a BGP4MP, BGP4MP_ET or BGP record. For a record of another kind it returns ErrNotDecoded. If the error
// is bgp.ErrCut, the message is complete up to where its writer cut it.
func (r *Record) ParseMessage() (m Message, err error) {
	if r.Type == BGP {
		return r.parseLegacy()
	}
	if r.Type != BGP4MP && r.Type != BGP4MPET {
		return m, ErrNotDecoded
	}
	m.Form.ASSize = 2
	switch r.Subtype {
	case stateChange:
		m.StateChange = true
	case stateChangeAS4:
		m.StateChange, m.Form.ASSize = true, 4
	case message, messageLocal:
	case messageAS4, messageAS4Local:
		m.Form.ASSize = 4
	case messageAddPath, messageLocalAddPath:
		m.Form.AddPath = true
	case messageAS4AddPath, messageAS4LocalAddPath:
		m.Form.ASSize, m.Form.AddPath = 4, true
	default:
		return m, ErrNotDecoded
	}
	m.Local = r.Subtype == messageLocal || r.Subtype == messageAS4Local || r.Subtype == messageLocalAddPath || r.Subtype == messageAS4LocalAddPath
	b := r.Body
	asSize := m.Form.ASSize
	if len(b) < 2*asSize+4 {
		return m, fmt.Errorf("peer header: %w", bgp.ErrShort)
	}
	if asSize == 2 {
		m.Peer.ASN, m.Collector.ASN = uint32(binary.BigEndian.Uint16(b)), uint32(binary.BigEndian.Uint16(b[2:]))
	} else {
		m.Peer.ASN, m.Collector.ASN = binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	}
	if asSize == 2 && headerless(r.Body, m.StateChange) {
		m.Peer.Address, m.Collector.Address = netip.IPv4Unspecified(), netip.IPv4Unspecified()
		return m, m.rest(b[4:])
	}
	family := bgp.AFI(binary.BigEndian.Uint16(b[2*asSize+2:]))
	b = b[2*asSize+4:]
	octets := 4
	switch family {
	case bgp.IPv4:
	case bgp.IPv6:
		octets = 16
	default:
		return m, fmt.Errorf("peer header has address family %d", family)
	}
	if len(b) < 2*octets {
		return m, fmt.Errorf("peer header: %w", bgp.ErrShort)
	}
	m.Peer.Address, m.Collector.Address = addressOf(b[:octets]), addressOf(b[octets:2*octets])
	return m, m.rest(b[2*octets:])
}

// rest parses the bytes behind the peer header.
func (m *Message) rest(b []byte) (err error) {
	if m.StateChange {
		if len(b) < 4 {
			return fmt.Errorf("states: %w", bgp.ErrShort)
		}
		m.OldState, m.NewState = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
		return nil
	}
	m.Kind, m.Body, err = bgp.ParseHeader(b)
	return err
}

// headerless reports whether the peer header consists of two AS numbers: in 2000 Zebra wrote that, with the numbers 0 for a
// session whose peer it did not know yet.
func headerless(b []byte, state bool) bool {
	if state {
		return len(b) == 8
	}
	return len(b) >= 4+19 && binary.BigEndian.Uint64(b[4:]) == 1<<64-1 && binary.BigEndian.Uint64(b[12:]) == 1<<64-1
}

// parseLegacy parses MRT type 5 (RFC 6396 appendix B.2.1), which RIS wrote in 1999.
func (r *Record) parseLegacy() (m Message, err error) {
	const update, state, open, notify, keepalive = 1, 3, 5, 6, 7
	switch r.Subtype {
	case update, state, open, notify, keepalive:
	default:
		return m, ErrNotDecoded
	}
	m.Form.ASSize = 2
	b := r.Body
	if len(b) < 6 {
		return m, fmt.Errorf("peer header: %w", bgp.ErrShort)
	}
	m.Peer = Peer{ASN: uint32(binary.BigEndian.Uint16(b)), Address: netip.AddrFrom4([4]byte(b[2:6]))}
	b = b[6:]
	if r.Subtype == state {
		m.StateChange = true
		return m, m.rest(b)
	}
	if len(b) < 6 {
		return m, fmt.Errorf("collector's address: %w", bgp.ErrShort)
	}
	m.Collector = Peer{ASN: uint32(binary.BigEndian.Uint16(b)), Address: netip.AddrFrom4([4]byte(b[2:6]))}
	m.Kind = map[uint16]bgp.MessageType{
		update: bgp.MessageUpdate, open: bgp.MessageOpen, notify: bgp.MessageNotification, keepalive: bgp.MessageKeepalive,
	}[r.Subtype]
	m.Body = b[6:]
	return m, nil
}
