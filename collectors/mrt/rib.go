package mrt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"

	"tidemark/collectors/bgp"
)

// Peer is one end of a BGP session with the collector.
type Peer struct {
	Address netip.Addr
	ASN     uint32
	BGPID   netip.Addr // invalid if the file has none
}

// Entry is a peer's route in a RIB. NLRI and Attributes are lent like the record's body.
type Entry struct {
	Family     bgp.Family
	Prefix     netip.Prefix // invalid if the family is not Native
	NLRI       []byte       // of a family that is not Native, undecoded
	Peer       int          // index into RIB.Peers
	Originated uint32       // time of the route's last change, in seconds since 1970
	Sequence   uint32       // of the record
	View       uint16       // of TABLE_DUMP
	Status     uint8        // of TABLE_DUMP
	PathID     uint32
	HasPathID  bool
	Attributes []byte   // for bgp.Attributes.Decode, together with Form
	Form       bgp.Form // how Attributes are encoded
}

// RIB decodes the records of a table dump, TABLE_DUMP or TABLE_DUMP_V2, in their order. Peers grows as they appear.
type RIB struct {
	Peers []Peer
	index map[Peer]int
	base  int // index in Peers of the peer table in force
	count int // size of that table; -1 if none was read
	entry Entry
}

// NewRIB returns a RIB without peers.
func NewRIB() *RIB { return &RIB{index: map[Peer]int{}, count: -1} }

// Clone returns a RIB of its own that has the same peers: with it, another goroutine can decode the records that follow.
func (t *RIB) Clone() *RIB {
	clone := NewRIB()
	clone.Peers, clone.base, clone.count = slices.Clone(t.Peers), t.base, t.count
	for p, i := range t.index {
		clone.index[p] = i
	}
	return clone
}

// IsRIB reports whether a record belongs to a table dump.
func (r *Record) IsRIB() bool { return r.Type == TableDump || r.Type == TableDumpV2 }

// ErrNotDecoded means that a record is of a kind that is not decoded; Record.Name names it.
var ErrNotDecoded = errors.New("not decoded")

// ReadPeerTable adds the peers of a PEER_INDEX_TABLE, which replaces the previous table. For a record of another kind it
// returns ErrNotDecoded. On error the peers before the damage are added.
func (t *RIB) ReadPeerTable(rec *Record) error {
	if !rec.IsPeerTable() {
		return ErrNotDecoded
	}
	return t.peerTable(rec.Body)
}

// Entries calls each with every entry of the record, and reads peer tables as ReadPeerTable does. The entry is valid only
// during the call. seen is the number of entries that the record claims or holds, decoded or not. An error says what is
// wrong with the record: entries before and behind a malformed one are passed to each all the same. For a record of
// another kind it is ErrNotDecoded.
func (t *RIB) Entries(rec *Record, each func(*Entry)) (seen int, err error) {
	switch {
	case rec.Type == TableDump && rec.Subtype >= tableDumpIPv4 && rec.Subtype <= tableDumpIPv6AS4:
		return t.tableDump(rec, each)
	case rec.Type == TableDumpV2:
		switch rec.Subtype {
		case peerIndexTable:
			return 0, t.peerTable(rec.Body)
		case geoPeerTable: // it holds places, not routes
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

// ribFamily is the family of a RIB subtype and whether its entries have path identifiers.
type ribFamily struct {
	bgp.Family
	addPath bool
}

var ribFamilies = func() map[uint16]ribFamily {
	family := func(afi bgp.AFI, safi bgp.SAFI, addPath bool) ribFamily {
		return ribFamily{bgp.Family{AFI: afi, SAFI: safi}, addPath}
	}
	return map[uint16]ribFamily{
		ribIPv4Unicast: family(bgp.IPv4, bgp.Unicast, false), ribIPv4UnicastAddPath: family(bgp.IPv4, bgp.Unicast, true),
		ribIPv4Multicast: family(bgp.IPv4, bgp.Multicast, false), ribIPv4MulticastAddPath: family(bgp.IPv4, bgp.Multicast, true),
		ribIPv6Unicast: family(bgp.IPv6, bgp.Unicast, false), ribIPv6UnicastAddPath: family(bgp.IPv6, bgp.Unicast, true),
		ribIPv6Multicast: family(bgp.IPv6, bgp.Multicast, false), ribIPv6MulticastAddPath: family(bgp.IPv6, bgp.Multicast, true),
	}
}()

// peer returns the index of a peer, adding it if it is new.
func (t *RIB) peer(p Peer) int {
	i, ok := t.index[p]
	if !ok {
		i = len(t.Peers)
		t.Peers = append(t.Peers, p)
		t.index[p] = i
	}
	return i
}

// tableDump reads RFC 6396 section 4.2. A record of early 2000 holds many entries behind one view and sequence number.
func (t *RIB) tableDump(rec *Record, each func(*Entry)) (seen int, err error) {
	octets, asSize, family := 4, 2, bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast}
	if rec.Subtype == tableDumpIPv6 || rec.Subtype == tableDumpIPv6AS4 {
		octets, family.AFI = 16, bgp.IPv6
	}
	if rec.Subtype >= tableDumpIPv4AS4 {
		asSize = 4
	}
	if len(rec.Body) < 4 {
		return 0, fmt.Errorf("view and sequence number: %w", bgp.ErrShort)
	}
	b := rec.Body[4:]
	head := octets + 1 + 1 + 4 + octets + asSize + 2
	var lost error
	for len(b) > 0 {
		seen++
		if len(b) < head {
			return seen, fmt.Errorf("table entry: %w", bgp.ErrShort)
		}
		e := &t.entry
		address, length := addressOf(b[:octets]), int(b[octets])
		*e = Entry{
			Family: family, View: binary.BigEndian.Uint16(rec.Body),
			Sequence: uint32(binary.BigEndian.Uint16(rec.Body[2:])), Status: b[octets+1],
		}
		e.Prefix = netip.PrefixFrom(address, length).Masked()
		e.Originated = binary.BigEndian.Uint32(b[octets+2:])
		peer := Peer{Address: addressOf(b[octets+6 : 2*octets+6])}
		if asSize == 4 {
			peer.ASN = binary.BigEndian.Uint32(b[2*octets+6:])
		} else {
			peer.ASN = uint32(binary.BigEndian.Uint16(b[2*octets+6:]))
		}
		e.Peer = t.peer(peer)
		e.Form = bgp.Form{ASSize: asSize, RIB: true}
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

// tableDumpShort reports whether the entries of a TABLE_DUMP body end four octets behind it.
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

// peerTable reads RFC 6396 section 4.3.1. A later table replaces the previous one.
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
	if len(b) > 0 {
		return fmt.Errorf("%d octets are left behind the last of %d peers", len(b), n)
	}
	return nil
}

// parsePeer parses a peer entry of a table and returns its size in octets.
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

// rib reads RFC 6396 section 4.3.2 and, with path identifiers, RFC 8050 section 4.1.
func (t *RIB) rib(b []byte, f ribFamily, each func(*Entry)) (seen int, err error) {
	if len(b) < 4 {
		return 0, fmt.Errorf("sequence number: %w", bgp.ErrShort)
	}
	sequence := binary.BigEndian.Uint32(b)
	prefix, b, err := bgp.ParsePrefix(b[4:], f.Family)
	if err != nil {
		return 0, err
	}
	t.entry = Entry{Family: f.Family, Prefix: prefix, Sequence: sequence}
	return t.entries(b, f.addPath, each)
}

// generic reads RIB_GENERIC (RFC 6396 section 4.3.3): one NLRI of any family. In RIB_GENERIC_ADDPATH its path identifier
// stands before it (RFC 8050 section 4.2). GoBGP writes identifiers into the entries instead, and is read so where only that
// fits.
func (t *RIB) generic(b []byte, addPath bool, each func(*Entry)) (seen int, err error) {
	if len(b) < 7 {
		return 0, fmt.Errorf("sequence number and family: %w", bgp.ErrShort)
	}
	e := Entry{Sequence: binary.BigEndian.Uint32(b), Family: bgp.Family{AFI: bgp.AFI(binary.BigEndian.Uint16(b[4:])), SAFI: bgp.SAFI(b[6])}}
	b = b[7:]
	if !addPath {
		if b, err = e.parseNLRI(b, false); err != nil {
			return 0, err
		}
		t.entry = e
		return t.entries(b, false, each)
	}
	of, rest := e, []byte(nil)
	if len(b) < 4 {
		err = fmt.Errorf("path identifier: %w", bgp.ErrShort)
	} else {
		e.PathID, e.HasPathID = binary.BigEndian.Uint32(b), true
		rest, err = e.parseNLRI(b[4:], false)
	}
	if err != nil || !fit(rest, false) {
		if others, e := of.parseNLRI(b, true); e == nil && fit(others, true) {
			t.entry = of
			return t.entries(others, true, each)
		}
	}
	if err != nil {
		return 0, err
	}
	t.entry = e
	return t.entries(rest, false, each)
}

// parseNLRI parses the NLRI at the start of b and returns what follows it: a count and entries, which have path identifiers if
// addPath is set.
func (e *Entry) parseNLRI(b []byte, addPath bool) (rest []byte, err error) {
	if e.Family.Native() {
		e.Prefix, rest, err = bgp.ParsePrefix(b, e.Family)
		return rest, err
	}
	n, err := bgp.NLRILength(b, e.Family)
	if err != nil {
		return nil, err
	}
	if e.Family.Unbounded() {
		if n = shortest(b, e.Family, addPath); n == 0 {
			return nil, fmt.Errorf("no end of the NLRI of %s lets the entries fill the record", e.Family)
		}
	}
	e.NLRI = b[:n]
	return b[n:], nil
}

// shortest returns the size of the shortest NLRI at the start of b behind which entries fill the record; 0 if there is none.
func shortest(b []byte, f bgp.Family, addPath bool) int {
	for n := range min(len(b), math.MaxUint16) { // a BGP message holds no longer one
		if _, err := bgp.NLRILength(b[:n], f); err == nil && fit(b[n:], addPath) {
			return n
		}
	}
	return 0
}

// fit reports whether as many entries as b claims fill it.
func fit(b []byte, addPath bool) bool {
	if len(b) < 2 {
		return false
	}
	n := int(binary.BigEndian.Uint16(b))
	b = b[2:]
	head := entryHead(addPath)
	for range n {
		if len(b) < head {
			return false
		}
		size := head + int(binary.BigEndian.Uint16(b[head-2:]))
		if len(b) < size {
			return false
		}
		b = b[size:]
	}
	return len(b) == 0
}

// entryHead returns the size of an entry in octets, without its attributes.
func entryHead(addPath bool) int {
	if addPath {
		return 12
	}
	return 8
}

// entries reads the entry count and the entries; t.entry holds the fields that they share.
func (t *RIB) entries(b []byte, addPath bool, each func(*Entry)) (seen int, err error) {
	if len(b) < 2 {
		return 0, fmt.Errorf("entry count: %w", bgp.ErrShort)
	}
	n := int(binary.BigEndian.Uint16(b))
	b = b[2:]
	head := entryHead(addPath)
	e := &t.entry
	e.HasPathID = e.HasPathID || addPath
	e.Form = bgp.Form{ASSize: 4, AddPath: e.HasPathID, RIB: true}
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
	if len(b) > 0 {
		lost = fmt.Errorf("%d octets are left behind the last of %d entries", len(b), n)
	}
	return n, lost
}

// After returns the RIB that decodes what follows a run of records: t itself unless one of them is a peer table.
func (t *RIB) After(records []Record) *RIB {
	for i := range records {
		if rec := &records[i]; rec.IsPeerTable() {
			t = t.Clone()
			t.ReadPeerTable(rec) // whoever decodes the records gets the same error
		}
	}
	return t
}

// IsPeerTable reports whether a record is a PEER_INDEX_TABLE.
func (r *Record) IsPeerTable() bool { return r.Type == TableDumpV2 && r.Subtype == peerIndexTable }

// RIBSubtype returns the TABLE_DUMP_V2 subtype for entries of a family.
func RIBSubtype(f bgp.Family, addPath bool) uint16 {
	for subtype, rib := range ribFamilies {
		if rib == (ribFamily{f, addPath}) {
			return subtype
		}
	}
	if addPath {
		return ribGenericAddPath
	}
	return ribGeneric
}

// HasRIBSubtype reports whether a family has TABLE_DUMP_V2 subtypes of its own. Others stand in RIB_GENERIC, each NLRI with
// its family.
func HasRIBSubtype(f bgp.Family) bool { return f.Native() && f.SAFI != bgp.Both }
