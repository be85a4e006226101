package mrt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"tidemark/collectors/bgp"
)

var originAttribute = []byte{0x40, 1, 1, 0}

// tableDumpEntry is RFC 6396 section 4.2 without view and sequence number.
func tableDumpEntry(prefix string, length byte, peer string, asn uint16, attributes []byte) []byte {
	b := append(netip.MustParseAddr(prefix).AsSlice(), length, 1)
	b = binary.BigEndian.AppendUint32(b, noon-5)
	b = append(b, netip.MustParseAddr(peer).AsSlice()...)
	b = binary.BigEndian.AppendUint16(b, asn)
	b = binary.BigEndian.AppendUint16(b, uint16(len(attributes)))
	return append(b, attributes...)
}

// peerTable is a PEER_INDEX_TABLE of one peer with a 4-octet AS number.
func peerTable(address string, asn uint32) []byte {
	return record(noon, TableDumpV2, peerIndexTable, slices.Concat([]byte{1, 1, 1, 1, 0, 4, 'v', 'i', 'e', 'w', 0, 1}, peer(address, 4, asn))...)
}

func peer(address string, asSize int, asn uint32) []byte {
	a := netip.MustParseAddr(address)
	kind := byte(0)
	if a.Is6() {
		kind |= 1
	}
	if asSize == 4 {
		kind |= 2
	}
	b := append([]byte{kind, 10, 0, 0, 1}, a.AsSlice()...)
	if asSize == 4 {
		return binary.BigEndian.AppendUint32(b, asn)
	}
	return binary.BigEndian.AppendUint16(b, uint16(asn))
}

// rib2 is a TABLE_DUMP_V2 record with an entry of peer 0 for each block of attributes; path identifiers from id on where
// id is not 0.
func rib2(prefix string, id uint32, attributes ...[]byte) []byte {
	p := netip.MustParsePrefix(prefix)
	subtype := uint16(ribIPv4Unicast)
	if p.Addr().Is6() {
		subtype = ribIPv6Unicast
	}
	b := append([]byte{0, 0, 0, 1, byte(p.Bits())}, p.Addr().AsSlice()[:(p.Bits()+7)/8]...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(attributes)))
	for i, a := range attributes {
		b = binary.BigEndian.AppendUint32(append(b, 0, 0), noon-5)
		if id > 0 {
			b = binary.BigEndian.AppendUint32(b, id+uint32(i)-1)
		}
		b = append(binary.BigEndian.AppendUint16(b, uint16(len(a))), a...)
	}
	if id > 0 {
		subtype += ribIPv4UnicastAddPath - ribIPv4Unicast
		if p.Addr().Is6() {
			subtype = ribIPv6UnicastAddPath
		}
	}
	return record(noon, TableDumpV2, subtype, b...)
}

// retyped gives a record another subtype.
func retyped(b []byte, subtype uint16) []byte {
	binary.BigEndian.PutUint16(b[6:], subtype)
	return b
}

// generic is a RIB_GENERIC record of one entry.
func generic(subtype uint16, familyAndNLRI []byte, entry ...byte) []byte {
	b := append([]byte{0, 0, 0, 1}, familyAndNLRI...)
	return record(noon, TableDumpV2, subtype, append(append(b, 0, 1), entry...)...)
}

// body takes the header away.
func body(b []byte) []byte { return b[headerSize:] }

func recordOf(b []byte) *Record {
	return &Record{Type: typeOf(b), Subtype: binary.BigEndian.Uint16(b[6:]), Body: body(b)}
}

func TestEntries(t *testing.T) {
	table := peerTable("192.0.2.1", 64496)
	two := rib2("10.0.0.0/8", 0, originAttribute, nil)
	ofPeer9 := rib2("10.0.0.0/8", 0, originAttribute, nil)
	ofPeer9[headerSize+4+2+2+1] = 9
	v1 := func(subtype uint16, entries ...[]byte) []byte {
		return record(noon, TableDump, subtype, append([]byte{0, 1, 0, 2}, slices.Concat(entries...)...)...)
	}
	for _, c := range []struct {
		name    string
		records [][]byte
		want    string
	}{
		{"version 1", [][]byte{v1(1, tableDumpEntry("10.1.2.3", 13, "192.0.2.1", 65000, originAttribute))},
			"1: 10.0.0.0/13 192.0.2.1 AS65000 invalid IP as2 40010100"},
		{"version 1, IPv6", [][]byte{v1(2, tableDumpEntry("2001:db8::", 32, "2001:db8::1", 65000, nil))},
			"1: 2001:db8::/32 2001:db8::1 AS65000 invalid IP as2"},
		{"version 1, batched", [][]byte{v1(1, tableDumpEntry("10.0.0.0", 8, "192.0.2.1", 1, nil), tableDumpEntry("0.0.0.0", 0, "192.0.2.2", 2, nil))},
			"2: 10.0.0.0/8 192.0.2.1 AS1 invalid IP as2 | 0.0.0.0/0 192.0.2.2 AS2 invalid IP as2"},
		{"version 1, prefix length over 32", [][]byte{v1(1, tableDumpEntry("10.0.0.0", 33, "192.0.2.1", 1, nil))}, "1: ! prefix length 33 is over 32"},
		{"version 1, a wrong entry costs itself alone", [][]byte{v1(1, tableDumpEntry("10.0.0.0", 33, "192.0.2.1", 1, nil), tableDumpEntry("10.0.0.0", 8, "192.0.2.1", 1, nil))},
			"2: 10.0.0.0/8 192.0.2.1 AS1 invalid IP as2 ! prefix length 33 is over 32"},
		{"version 1, ends inside an entry", [][]byte{v1(1, tableDumpEntry("10.0.0.0", 8, "192.0.2.1", 1, originAttribute)[:21])},
			"1: ! attributes of 4 octets: the bytes end inside the field"},

		{"version 2", [][]byte{table, two}, "0: ; 2: 10.0.0.0/8 192.0.2.1 AS64496 10.0.0.1 as4 40010100 | 10.0.0.0/8 192.0.2.1 AS64496 10.0.0.1 as4"},
		{"version 2, IPv6", [][]byte{table, rib2("2001:db8::/33", 0, nil)}, "0: ; 1: 2001:db8::/33 192.0.2.1 AS64496 10.0.0.1 as4"},
		{"path identifier 0 is not absent", [][]byte{table, rib2("10.0.0.0/8", 1, nil, nil)},
			"0: ; 2: 10.0.0.0/8#0 192.0.2.1 AS64496 10.0.0.1 as4 | 10.0.0.0/8#1 192.0.2.1 AS64496 10.0.0.1 as4"},
		{"path identifiers, IPv6", [][]byte{table, rib2("::/0", 8, nil)}, "0: ; 1: ::/0#7 192.0.2.1 AS64496 10.0.0.1 as4"},
		{"no entries", [][]byte{table, rib2("10.0.0.0/8", 0)}, "0: ; 0: "},
		{"peer beyond the table", [][]byte{table, ofPeer9},
			"0: ; 2: 10.0.0.0/8 192.0.2.1 AS64496 10.0.0.1 as4 ! entry 0 is of peer 9, the peer index table has 1"},
		{"table missing", [][]byte{rib2("10.0.0.0/8", 0, nil)}, "1: ! entry 0 is of peer 0, the peer index table has 0"},
		{"a second table replaces the first", [][]byte{table, peerTable("192.0.2.2", 70000), rib2("10.0.0.0/8", 0, nil)},
			"0: ; 0: ; 1: 10.0.0.0/8 192.0.2.2 AS70000 10.0.0.1 as4"},
		{"ends inside an entry", [][]byte{table, two[:headerSize+8+12+3]},
			"0: ; 2: 10.0.0.0/8 192.0.2.1 AS64496 10.0.0.1 as4 40010100 ! entry 1 of 2: the bytes end inside the field"},
		{"ends inside the attributes", [][]byte{table, two[:headerSize+8+8+2]},
			"0: ; 2: ! entry 0 of 2, attributes of 4 octets: the bytes end inside the field"},
		{"multicast", [][]byte{table, retyped(rib2("10.0.0.0/8", 0, nil), ribIPv4Multicast), retyped(rib2("::/0", 8, nil), ribIPv6MulticastAddPath)},
			"0: ; 1: 1/2 10.0.0.0/8 192.0.2.1 AS64496 10.0.0.1 as4; 1: 2/2 ::/0#7 192.0.2.1 AS64496 10.0.0.1 as4"},
		{"generic, of a family with prefixes", [][]byte{table, generic(ribGeneric, []byte{0, 2, 2, 16, 0x20, 1}, 0, 0, 0x53, 0x72, 0x4d, 0xfb, 0, 0)},
			"0: ; 1: 2/2 2001::/16 192.0.2.1 AS64496 10.0.0.1 as4"},
		{"generic, EVPN with a path identifier", [][]byte{table, generic(ribGenericAddPath, []byte{0, 25, 70, 3, 2, 0xaa, 0xbb}, 0, 0, 0x53, 0x72, 0x4d, 0xfb, 0, 0, 0, 9, 0, 0)},
			"0: ; 1: 25/70 0302aabb#9 192.0.2.1 AS64496 10.0.0.1 as4"},
		{"generic, cut", [][]byte{table, record(noon, TableDumpV2, ribGeneric, 0, 0, 0, 1, 0, 25, 70, 3, 20)},
			"0: ; 0: ! NLRI of l2vpn-evpn: the bytes end inside the field"},
		{"a geo peer table", [][]byte{table, record(noon, TableDumpV2, geoPeerTable, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)}, "0: ; 0: "},
		{"unknown subtypes", [][]byte{record(noon, TableDumpV2, 13, 1, 2, 3)}, "0: ! not decoded"},
		{"messages are not a table", [][]byte{keepalive(noon)}, "0: ! not decoded"},
	} {
		rib := NewRIB()
		var said []string
		for _, b := range c.records {
			var entries []string
			seen, err := rib.Entries(recordOf(b), func(e *Entry) {
				p := rib.Peers[e.Peer]
				id := ""
				if e.HasPathID {
					id = fmt.Sprintf("#%d", e.PathID)
				}
				prefix := e.Prefix.String()
				if e.Family.SAFI != bgp.Unicast {
					prefix = fmt.Sprintf("%d/%d %s", e.Family.AFI, e.Family.SAFI, prefix)
				}
				if !e.Family.Native() {
					prefix = fmt.Sprintf("%d/%d %x", e.Family.AFI, e.Family.SAFI, e.NLRI)
				}
				entries = append(entries, strings.TrimSpace(fmt.Sprintf("%s%s %s AS%d %s as%d %x", prefix, id, p.Address, p.ASN, p.BGPID, e.Form.ASSize, e.Attributes)))
				if e.Originated != noon-5 || !e.Form.RIB {
					t.Errorf("%s: %+v", c.name, *e)
				}
			})
			text := strings.Join(entries, " | ")
			if err != nil {
				text = strings.TrimSpace(text + " ! " + err.Error())
			}
			said = append(said, fmt.Sprintf("%d: %s", seen, text))
		}
		if got := strings.Join(said, "; "); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestPeerTable(t *testing.T) {
	table := func(view string, claims uint16, peers ...[]byte) *Record {
		b := binary.BigEndian.AppendUint16([]byte{1, 1, 1, 1}, uint16(len(view)))
		b = binary.BigEndian.AppendUint16(append(b, view...), claims)
		return &Record{Type: TableDumpV2, Subtype: peerIndexTable, Body: append(b, slices.Concat(peers...)...)}
	}
	rib := NewRIB()
	if err := rib.ReadPeerTable(table("a view", 4, peer("192.0.2.1", 2, 65000), peer("192.0.2.2", 4, 70000), peer("2001:db8::1", 2, 0), peer("::ffff:192.0.2.1", 4, 1))); err != nil {
		t.Fatal(err)
	}
	want := "[{192.0.2.1 65000 10.0.0.1} {192.0.2.2 70000 10.0.0.1} {2001:db8::1 0 10.0.0.1} {::ffff:192.0.2.1 1 10.0.0.1}]"
	if got := fmt.Sprint(rib.Peers); got != want {
		t.Errorf("%s, want %s", got, want)
	}

	many := slices.Repeat(peer("192.0.2.1", 4, 7), 65535)
	rib = NewRIB()
	if err := rib.ReadPeerTable(table("", 65535, many)); err != nil {
		t.Error(err)
	}
	if len(rib.Peers) != 65535 {
		t.Errorf("%d peers, want 65535", len(rib.Peers))
	}
	if err := rib.ReadPeerTable(recordOf(keepalive(noon))); !errors.Is(err, ErrNotDecoded) {
		t.Errorf("a record of another kind: error %v", err)
	}

	for name, rec := range map[string]*Record{
		"short":                            {Type: TableDumpV2, Subtype: peerIndexTable, Body: []byte{1, 1, 1, 1, 0}},
		"view name longer than the record": {Type: TableDumpV2, Subtype: peerIndexTable, Body: []byte{1, 1, 1, 1, 0xff, 0xff, 'v', 0}},
		"claims more peers than there are": table("", 9, peer("192.0.2.1", 4, 7)),
		"ends inside a peer":               table("", 1, peer("2001:db8::1", 4, 7)[:20]),
	} {
		if err := NewRIB().ReadPeerTable(rec); !errors.Is(err, bgp.ErrShort) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
