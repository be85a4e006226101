package mrt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"tidemark/collectors/bgp"
)

// Peer is a session of the collector.
type Peer struct {
	Address netip.Addr
	ASN     uint32
	BGPID   netip.Addr // invalid where the file has none
}

// Entry is a route of a peer in a RIB. Attributes is lent like the record's body.
type Entry struct {
	Prefix     netip.Prefix
	Peer       int // index into the peers of the RIB
	Originated uint32
	PathID     uint32
	HasPathID  bool
	Attributes []byte
	Form       bgp.Form
}

// RIB reads the entries of TABLE_DUMP and TABLE_DUMP_V2 records. Peers grow as they are met.
type RIB struct {
	Peers []Peer
	index map[Peer]int
	base  int // of the peer table that is in force, in Peers
	count int // of its peers; -1: none was read
	entry Entry
}

// NewRIB starts with no peers.
func NewRIB() *RIB { return &RIB{index: map[Peer]int{}, count: -1} }

// IsRIB tells whether a record belongs to a table dump.
func (r *Record) IsRIB() bool { return r.Type == TableDump || r.Type == TableDumpV2 }

// ErrNotDecoded says that a record is of a kind that is only counted; Record.Name names it.
var ErrNotDecoded = errors.New("not decoded")

// Entries calls each with every entry of the record; the entry is valid during the call. seen counts the entries that
// the record claims or holds, read or not. An error says what was wrong with the rest of the record.
func (t *RIB) Entries(rec *Record, each func(*Entry)) (seen int, err error) {
	switch {
	case rec.Type == TableDump && (rec.Subtype == bgp.IPv4 || rec.Subtype == bgp.IPv6):
		return t.tableDump(rec, each)
	case rec.Type == TableDumpV2 && rec.Subtype == peerIndexTable:
		return 0, t.peerTable(rec.Body)
	case rec.Type == TableDumpV2:
		switch rec.Subtype {
		case ribIPv4Unicast:
			return t.rib(rec.Body, 32, false, each)
		case ribIPv6Unicast:
			return t.rib(rec.Body, 128, false, each)
		case ribIPv4UnicastAddPath:
			return t.rib(rec.Body, 32, true, each)
		case ribIPv6UnicastAddPath:
			return t.rib(rec.Body, 128, true, each)
		}
	}
	return 0, ErrNotDecoded
}

func (t *RIB) peer(p Peer) int {
	i, ok := t.index[p]
	if !ok {
		i = len(t.Peers)
		t.Peers = append(t.Peers, p)
		t.index[p] = i
	}
	return i
}

// tableDump reads RFC 6396 section 4.2; a record of early 2000 holds many entries behind one view and sequence number.
func (t *RIB) tableDump(rec *Record, each func(*Entry)) (seen int, err error) {
	octets := 4
	if rec.Subtype == bgp.IPv6 {
		octets = 16
	}
	if len(rec.Body) < 4 {
		return 0, fmt.Errorf("view and sequence number: %w", bgp.ErrShort)
	}
	b := rec.Body[4:]
	head := octets + 1 + 1 + 4 + octets + 2 + 2
	var lost error
	for len(b) > 0 {
		seen++
		if len(b) < head {
			return seen, fmt.Errorf("table entry: %w", bgp.ErrShort)
		}
		e := &t.entry
		address, length := addressOf(b[:octets]), int(b[octets])
		e.Prefix = netip.PrefixFrom(address, length).Masked()
		e.Originated = binary.BigEndian.Uint32(b[octets+2:])
		e.Peer = t.peer(Peer{Address: addressOf(b[octets+6 : 2*octets+6]), ASN: uint32(binary.BigEndian.Uint16(b[2*octets+6:]))})
		e.Form = bgp.Form{ASSize: 2, RIB: true}
		n := int(binary.BigEndian.Uint16(b[head-2:]))
		if len(b) < head+n {
			return seen, fmt.Errorf("attributes of %d octets: %w", n, bgp.ErrShort)
		}
		e.Attributes = b[head : head+n]
		b = b[head+n:]
		if !e.Prefix.IsValid() {
			lost = fmt.Errorf("prefix length %d is over %d", length, 8*octets)
			continue
		}
		each(e)
	}
	return seen, lost
}

// tableDumpShort tells whether the entries of a TABLE_DUMP body end four octets behind it.
func tableDumpShort(body []byte) bool {
	const head = 4 + 1 + 1 + 4 + 4 + 2 + 2
	b := body
	if len(b) < 4 {
		return false
	}
	for b = b[4:]; len(b) > 0; {
		if len(b) < head {
			return false
		}
		n := head + int(binary.BigEndian.Uint16(b[head-2:]))
		if len(b) < n {
			return len(b)+4 == n
		}
		b = b[n:]
	}
	return false
}

func addressOf(b []byte) netip.Addr {
	if len(b) == 4 {
		return netip.AddrFrom4([4]byte(b))
	}
	return netip.AddrFrom16([16]byte(b))
}

// peerTable reads RFC 6396 section 4.3.1. A later table replaces the one before.
func (t *RIB) peerTable(b []byte) error {
	if len(b) < 6 {
		return fmt.Errorf("peer index table: %w", bgp.ErrShort)
	}
	view := int(binary.BigEndian.Uint16(b[4:]))
	if len(b) < 6+view+2 {
		return fmt.Errorf("view name of %d octets: %w", view, bgp.ErrShort)
	}
	n := int(binary.BigEndian.Uint16(b[6+view:]))
	b = b[8+view:]
	t.base, t.count = len(t.Peers), 0
	for i := range n {
		if len(b) < 5 {
			return fmt.Errorf("peer %d of %d: %w", i, n, bgp.ErrShort)
		}
		kind := b[0]
		octets, asSize := 4, 2
		if kind&1 != 0 {
			octets = 16
		}
		if kind&2 != 0 {
			asSize = 4
		}
		if len(b) < 5+octets+asSize {
			return fmt.Errorf("peer %d of %d: %w", i, n, bgp.ErrShort)
		}
		p := Peer{BGPID: addressOf(b[1:5]), Address: addressOf(b[5 : 5+octets])}
		if asSize == 2 {
			p.ASN = uint32(binary.BigEndian.Uint16(b[5+octets:]))
		} else {
			p.ASN = binary.BigEndian.Uint32(b[5+octets:])
		}
		b = b[5+octets+asSize:]
		t.Peers = append(t.Peers, p)
		t.count++
	}
	return nil
}

// rib reads RFC 6396 section 4.3.2, and RFC 8050 section 4.1 with path identifiers.
func (t *RIB) rib(b []byte, addressBits int, addPath bool, each func(*Entry)) (seen int, err error) {
	if len(b) < 4 {
		return 0, fmt.Errorf("sequence number: %w", bgp.ErrShort)
	}
	prefix, b, err := bgp.ParsePrefix(b[4:], addressBits)
	if err != nil {
		return 0, err
	}
	if len(b) < 2 {
		return 0, fmt.Errorf("entry count: %w", bgp.ErrShort)
	}
	n := int(binary.BigEndian.Uint16(b))
	b = b[2:]
	head := 8
	if addPath {
		head = 12
	}
	var lost error
	for i := range n {
		if len(b) < head {
			return n, fmt.Errorf("entry %d of %d: %w", i, n, bgp.ErrShort)
		}
		size := int(binary.BigEndian.Uint16(b[head-2:]))
		if len(b) < head+size {
			return n, fmt.Errorf("entry %d of %d, attributes of %d octets: %w", i, n, size, bgp.ErrShort)
		}
		e := &t.entry
		peer := int(binary.BigEndian.Uint16(b))
		*e = Entry{
			Prefix: prefix, Peer: t.base + peer, Originated: binary.BigEndian.Uint32(b[2:]),
			Attributes: b[head : head+size], Form: bgp.Form{ASSize: 4, AddPath: addPath, RIB: true},
		}
		if addPath {
			e.PathID, e.HasPathID = binary.BigEndian.Uint32(b[6:]), true
		}
		b = b[head+size:]
		if peer >= t.count {
			lost = fmt.Errorf("entry %d is of peer %d, the peer index table has %d", i, peer, max(t.count, 0))
			continue
		}
		each(e)
	}
	return n, lost
}
