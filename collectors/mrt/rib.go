package mrt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"tidemark/collectors/bgp"
)

// Peer is a session of the collector.
type Peer struct {
	Address netip.Addr
	ASN     uint32
	BGPID   netip.Addr // invalid where the file has none
}

// Entry is a route of a peer in a RIB. NLRI and Attributes are lent like the record's body.
type Entry struct {
	AFI        uint16
	SAFI       uint8
	Prefix     netip.Prefix // invalid where the family is not bgp.Native
	NLRI       []byte       // of such a family, raw
	Peer       int          // index into the peers of the RIB
	Originated uint32
	Sequence   uint32
	View       uint16 // of TABLE_DUMP
	Status     uint8  // of TABLE_DUMP
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

// At is a RIB that starts with the peers that t has reached: what another goroutine needs to read on from here.
func (t *RIB) At() *RIB {
	at := NewRIB()
	at.Peers, at.base, at.count = slices.Clone(t.Peers), t.base, t.count
	for p, i := range t.index {
		at.index[p] = i
	}
	return at
}

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
	case rec.Type == TableDumpV2:
		switch rec.Subtype {
		case peerIndexTable:
			return 0, t.peerTable(rec.Body)
		case geoPeerTable: // it names places, not routes
			_, err := rec.ParseGeoPeerTable()
			return 0, err
		case ribGeneric, ribGenericAddPath:
			return t.generic(rec.Body, rec.Subtype == ribGenericAddPath, each)
		}
		if f, ok := ribFamilies[rec.Subtype]; ok {
			return t.rib(rec.Body, f, each)
		}
	}
	return 0, ErrNotDecoded
}

// ribFamily is what a RIB subtype says of its entries.
type ribFamily struct {
	afi     uint16
	safi    uint8
	bits    int
	addPath bool
}

var ribFamilies = map[uint16]ribFamily{
	ribIPv4Unicast: {bgp.IPv4, bgp.Unicast, 32, false}, ribIPv4UnicastAddPath: {bgp.IPv4, bgp.Unicast, 32, true},
	ribIPv4Multicast: {bgp.IPv4, bgp.Multicast, 32, false}, ribIPv4MulticastAddPath: {bgp.IPv4, bgp.Multicast, 32, true},
	ribIPv6Unicast: {bgp.IPv6, bgp.Unicast, 128, false}, ribIPv6UnicastAddPath: {bgp.IPv6, bgp.Unicast, 128, true},
	ribIPv6Multicast: {bgp.IPv6, bgp.Multicast, 128, false}, ribIPv6MulticastAddPath: {bgp.IPv6, bgp.Multicast, 128, true},
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
		*e = Entry{
			AFI: rec.Subtype, SAFI: bgp.Unicast, View: binary.BigEndian.Uint16(rec.Body),
			Sequence: uint32(binary.BigEndian.Uint16(rec.Body[2:])), Status: b[octets+1],
		}
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
		p, size, err := parsePeer(b)
		if err != nil {
			return fmt.Errorf("peer %d of %d: %w", i, n, err)
		}
		b = b[size:]
		t.Peers = append(t.Peers, p)
		t.count++
	}
	return nil
}

// parsePeer reads a peer entry of a table and tells its size.
func parsePeer(b []byte) (p Peer, size int, err error) {
	if len(b) < 5 {
		return p, 0, bgp.ErrShort
	}
	octets, asSize := 4, 2
	if b[0]&1 != 0 {
		octets = 16
	}
	if b[0]&2 != 0 {
		asSize = 4
	}
	size = 5 + octets + asSize
	if len(b) < size {
		return p, 0, bgp.ErrShort
	}
	p = Peer{BGPID: addressOf(b[1:5]), Address: addressOf(b[5 : 5+octets])}
	if asSize == 2 {
		p.ASN = uint32(binary.BigEndian.Uint16(b[5+octets:]))
	} else {
		p.ASN = binary.BigEndian.Uint32(b[5+octets:])
	}
	return p, size, nil
}

// rib reads RFC 6396 section 4.3.2, and RFC 8050 section 4.1 with path identifiers.
func (t *RIB) rib(b []byte, f ribFamily, each func(*Entry)) (seen int, err error) {
	if len(b) < 4 {
		return 0, fmt.Errorf("sequence number: %w", bgp.ErrShort)
	}
	sequence := binary.BigEndian.Uint32(b)
	prefix, b, err := bgp.ParsePrefix(b[4:], f.bits)
	if err != nil {
		return 0, err
	}
	t.entry = Entry{AFI: f.afi, SAFI: f.safi, Prefix: prefix, Sequence: sequence}
	return t.entries(b, f.addPath, each)
}

// generic reads RIB_GENERIC (RFC 6396 section 4.3.3, RFC 8050 section 4.2): one NLRI of any family.
func (t *RIB) generic(b []byte, addPath bool, each func(*Entry)) (seen int, err error) {
	if len(b) < 7 {
		return 0, fmt.Errorf("sequence number and family: %w", bgp.ErrShort)
	}
	e := Entry{Sequence: binary.BigEndian.Uint32(b), AFI: binary.BigEndian.Uint16(b[4:]), SAFI: b[6]}
	b = b[7:]
	if bgp.Native(e.AFI, e.SAFI) {
		bits := 32
		if e.AFI == bgp.IPv6 {
			bits = 128
		}
		if e.Prefix, b, err = bgp.ParsePrefix(b, bits); err != nil {
			return 0, err
		}
	} else {
		n, err := bgp.NLRILength(e.AFI, e.SAFI, b)
		if err != nil {
			return 0, err
		}
		e.NLRI, b = b[:n], b[n:]
	}
	t.entry = e
	return t.entries(b, addPath, each)
}

// entries reads the entry count and the entries; t.entry holds what they have in common.
func (t *RIB) entries(b []byte, addPath bool, each func(*Entry)) (seen int, err error) {
	if len(b) < 2 {
		return 0, fmt.Errorf("entry count: %w", bgp.ErrShort)
	}
	n := int(binary.BigEndian.Uint16(b))
	b = b[2:]
	head := 8
	if addPath {
		head = 12
	}
	e := &t.entry
	e.Form = bgp.Form{ASSize: 4, AddPath: addPath, RIB: true}
	e.HasPathID = addPath
	var lost error
	for i := range n {
		if len(b) < head {
			return n, fmt.Errorf("entry %d of %d: %w", i, n, bgp.ErrShort)
		}
		size := int(binary.BigEndian.Uint16(b[head-2:]))
		if len(b) < head+size {
			return n, fmt.Errorf("entry %d of %d, attributes of %d octets: %w", i, n, size, bgp.ErrShort)
		}
		peer := int(binary.BigEndian.Uint16(b))
		e.Peer, e.Originated, e.Attributes = t.base+peer, binary.BigEndian.Uint32(b[2:]), b[head:head+size]
		if addPath {
			e.PathID = binary.BigEndian.Uint32(b[6:])
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

// After is the RIB behind a run of records: t itself where none of them is a peer table.
func (t *RIB) After(records []Record) *RIB {
	for i := range records {
		if rec := &records[i]; rec.IsPeerTable() {
			t = t.At()
			t.Entries(rec, nil) // an error comes again where the batch is decoded
		}
	}
	return t
}

// IsPeerTable tells whether a record is a PEER_INDEX_TABLE.
func (r *Record) IsPeerTable() bool { return r.Type == TableDumpV2 && r.Subtype == peerIndexTable }

// RIBSubtype is the TABLE_DUMP_V2 subtype for entries of a family, unicast or multicast.
func RIBSubtype(ipv6 bool, safi uint8, addPath bool) uint16 {
	afi := uint16(bgp.IPv4)
	if ipv6 {
		afi = bgp.IPv6
	}
	for subtype, f := range ribFamilies {
		if f.afi == afi && f.safi == safi && f.addPath == addPath {
			return subtype
		}
	}
	return ribGeneric
}
