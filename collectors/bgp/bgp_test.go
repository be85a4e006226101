package bgp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"tidemark/internal/testkit/fuzz"
)

// attr writes one path attribute with the flags of its type, with an extended length where it needs one.
func attr(kind byte, value ...byte) []byte {
	flags := flagsOf[kind] & 0xc0
	if len(value) > 255 {
		return append(binary.BigEndian.AppendUint16([]byte{flags | 0x10, kind}, uint16(len(value))), value...)
	}
	return append([]byte{flags, kind, byte(len(value))}, value...)
}

var (
	four = Form{ASSize: 4}
	two  = Form{ASSize: 2}
)

// show is what was decoded, in short.
func show(a *Attributes) string {
	var parts []string
	put := func(t AttributeType, value any) {
		if a.Has(t) {
			parts = append(parts, fmt.Sprintf("%d=%v", t, value))
		}
	}
	put(TypeOrigin, a.Origin)
	put(TypeASPath, &a.Path)
	put(TypeNextHop, netip.AddrFrom4(a.NextHop))
	put(TypeMED, a.MED)
	put(TypeLocalPref, a.LocalPref)
	put(TypeAtomicAggregate, true)
	put(TypeAggregator, a.Aggregator)
	put(TypeCommunities, string(a.AppendCommunities(nil)))
	put(TypeLargeCommunity, string(a.AppendLargeCommunities(nil)))
	put(TypeReach, fmt.Sprintf("%d/%d %s %x", a.Reach.Family.AFI, a.Reach.Family.SAFI, a.Reach.NextHop, a.Reach.NLRI))
	put(TypeUnreach, fmt.Sprintf("%d/%d %x", a.Unreach.Family.AFI, a.Unreach.Family.SAFI, a.Unreach.NLRI))
	for _, o := range a.Others {
		parts = append(parts, fmt.Sprintf("raw %d:%x", o.Type, o.Value))
	}
	for _, p := range a.Problems() {
		parts = append(parts, "! "+p.String())
	}
	return strings.Join(parts, "; ")
}

func TestAttributes(t *testing.T) {
	v6 := netip.MustParseAddr("2001:db8::1").As16()
	link := netip.MustParseAddr("fe80::1").As16()
	reach := func(afi, safi byte, nextHop []byte, nlri ...byte) []byte {
		return segs([]byte{0, afi, safi, byte(len(nextHop))}, nextHop, []byte{0}, nlri)
	}
	rib := Form{ASSize: 4, RIB: true}
	for _, c := range []struct {
		name string
		in   []byte
		form Form
		want string
	}{
		{"nothing", nil, four, ""},
		{"the mandatory ones", segs(attr(1, 0), attr(2, seg4(asSequence, 1, 70000)...), attr(3, 192, 0, 2, 1)), four,
			"1=0; 2=1 70000; 3=192.0.2.1"},
		{"metrics", segs(attr(4, 0, 0, 1, 0), attr(5, 255, 255, 255, 255)), four, "4=256; 5=4294967295"},
		{"a value of 0 is present", attr(4, 0, 0, 0, 0), four, "4=0"},
		{"aggregates", segs(attr(6), attr(7, 0, 1, 17, 112, 10, 1, 2, 3)), four, "6=true; 7=70000 10.1.2.3"},
		{"aggregator of 2 octets", attr(7, 0xfd, 0xf0, 10, 1, 2, 3), two, "7=65008 10.1.2.3"},
		{"communities in the order sent", attr(8, 0xff, 0xff, 0xff, 1, 0, 9, 0, 2, 0, 9, 0, 1, 255, 255, 255, 2, 255, 255, 255, 3), four,
			"8=no-export 9:2 9:1 no-advertise local-AS"},
		{"large communities", attr(32, 0, 0, 0, 1, 255, 255, 255, 255, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6), four,
			"32=1:4294967295:3 4:5:6"},
		{"empty communities", segs(attr(8), attr(16), attr(32), attr(10)), four, "! malformed COMMUNITIES; ! malformed EXTENDED COMMUNITIES; ! malformed LARGE_COMMUNITY; ! malformed CLUSTER_LIST"},
		{"AS 0 is shown and named", segs(attr(2, seg4(asSequence, 9, 0)...), attr(7, 0, 0, 0, 0, 10, 0, 0, 1)), four, "2=9 0; 7=0 10.0.0.1; ! AS 0 in AS_PATH; ! AS 0 in AGGREGATOR"},
		{"AS 0 in AS4_PATH", segs(attr(2, seg2(asSequence, 9, TransASN)...), attr(17, seg4(asSequence, 0)...)), two, "2=9 23456; ! malformed AS4_PATH"},
		{"wrong flags of a well-known and an optional attribute", segs([]byte{0xc0, 1, 1, 0}, []byte{0x40, 4, 4, 0, 0, 0, 7}), four, "1=0; 4=7; ! wrong flags of ORIGIN; ! wrong flags of MULTI_EXIT_DISC"},
		{"flags in a table are the collector's", []byte{0xc0, 1, 1, 0}, rib, "1=0"},
		{"next hop of no octets", attr(14, 0, 2, 1, 0, 0, 32, 0x20, 1, 0xd, 0xb8), four, "! malformed MP_REACH_NLRI"},
		{"FlowSpec has no next hop", attr(14, 0, 1, 133, 0, 0, 3, 1, 8, 10), four, "14=1/133 invalid IP 0301080a"},
		{"FlowSpec in a table", attr(14, 0), rib, "14=0/0 invalid IP "},
		{"BGP-LS in a table, in full form", attr(14, 0x40, 4, 71, 4, 192, 0, 2, 1, 0, 0, 1, 0, 0), rib, "14=16388/71 192.0.2.1 00010000"},
		{"extended length", attr(8, slices.Repeat([]byte{0, 1, 0, 2}, 100)...), four, "8=" + strings.TrimSpace(strings.Repeat("1:2 ", 100))},
		{"unknown kept raw, in order", segs(attr(99, 1, 2), attr(200), attr(25, 0, 2)), four, "raw 99:0102; raw 200:; raw 25:0002"},

		{"IPv6", attr(14, reach(2, 1, v6[:], 32, 0x20, 1, 0xd, 0xb8)...), four, "14=2/1 2001:db8::1 2020010db8"},
		{"IPv6 with link-local", attr(14, reach(2, 1, append(v6[:], link[:]...), 0)...), four, "14=2/1 2001:db8::1 00"},
		{"IPv4 with IPv6 next hop (RFC 8950)", attr(14, reach(1, 1, v6[:], 24, 192, 0, 2)...), four, "14=1/1 2001:db8::1 18c00002"},
		{"next hop behind a route distinguisher", attr(14, reach(1, 128, []byte{0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 1})...), four, "14=1/128 192.0.2.1 "},
		{"SNPAs of RFC 2858 skipped", attr(14, 0, 2, 1, 4, 192, 0, 2, 1, 2, 3, 9, 9, 2, 9, 0), four, "14=2/1 192.0.2.1 00"},
		{"RIB with the next hop alone", attr(14, append([]byte{16}, v6[:]...)...), rib, "14=0/0 2001:db8::1 "},
		{"RIB with both next hops", attr(14, segs([]byte{32}, v6[:], link[:])...), rib, "14=0/0 2001:db8::1 "},
		{"RIB in full form", attr(14, reach(2, 1, v6[:], 0)...), rib, "14=2/1 2001:db8::1 00"},
		{"withdrawn", attr(15, 0, 2, 1, 16, 0x20, 1), four, "15=2/1 102001"},
		{"End-of-RIB", attr(15, 0, 2, 1), four, "15=2/1 "},

		{"AS4_PATH merged", segs(attr(2, seg2(asSequence, 9, TransASN)...), attr(17, seg4(asSequence, 70000)...)), two, "2=9 70000"},
		{"AS4_PATH first", segs(attr(17, seg4(asSequence, 70000)...), attr(2, seg2(asSequence, 9, TransASN)...)), two, "2=9 70000"},
		{"AS4_AGGREGATOR merged", segs(attr(7, 0x5b, 0xa0, 10, 0, 0, 1), attr(18, 0, 1, 17, 112, 10, 0, 0, 2)), two, "7=70000 10.0.0.2"},
		{"aggregated since: both AS4 attributes ignored",
			segs(attr(2, seg2(asSequence, 9, TransASN)...), attr(7, 0, 9, 10, 0, 0, 1), attr(17, seg4(asSequence, 70000)...), attr(18, 0, 1, 17, 112, 10, 0, 0, 2)),
			two, "2=9 23456; 7=9 10.0.0.1"},

		{"repeated: the first counts (RFC 7606)", segs(attr(4, 0, 0, 0, 1), attr(4, 0, 0, 0, 2)), four, "4=1; ! repeated MULTI_EXIT_DISC"},
		{"repeated behind a malformed one", segs(attr(4, 1), attr(4, 0, 0, 0, 2)), four, "! malformed MULTI_EXIT_DISC; ! repeated MULTI_EXIT_DISC"},
		{"AS4 attributes of a 4-octet speaker are discarded",
			segs(attr(2, seg4(asSequence, 9, 8)...), attr(7, 0, 0, 0x5b, 0xa0, 10, 0, 0, 1), attr(17, seg4(asSequence, 70000)...), attr(18, 0, 1, 17, 112, 10, 0, 0, 2)),
			four, "2=9 8; 7=23456 10.0.0.1"},
		{"wrong lengths", segs(attr(1), attr(3, 1), attr(4, 1), attr(5, 1), attr(6, 1), attr(7, 1), attr(8, 1), attr(32, 1), attr(18, 1)), four,
			"! malformed ORIGIN; ! malformed NEXT_HOP; ! malformed MULTI_EXIT_DISC; ! malformed LOCAL_PREF; ! malformed ATOMIC_AGGREGATE; " +
				"! malformed AGGREGATOR; ! malformed COMMUNITIES; ! malformed LARGE_COMMUNITY; ! malformed AS4_AGGREGATOR"},
		{"undefined ORIGIN", attr(1, 3), four, "! malformed ORIGIN"},
		{"malformed AS_PATH", attr(2, 9, 9), four, "! malformed AS_PATH"},
		{"malformed AS4_PATH", segs(attr(2, seg2(asSequence, 9)...), attr(17, 9, 9)), two, "2=9; ! malformed AS4_PATH"},
		{"malformed MP_REACH_NLRI", attr(14, 0, 2, 1, 16, 1), four, "! malformed MP_REACH_NLRI"},
		{"MP_REACH_NLRI without its reserved octet", attr(14, reach(2, 1, v6[:])[:20]...), four, "! malformed MP_REACH_NLRI"},
		{"MP_REACH_NLRI ends inside an SNPA", attr(14, 0, 2, 1, 4, 192, 0, 2, 1, 2, 3, 9), four, "! malformed MP_REACH_NLRI"},
		{"RIB with a next hop of another length", attr(14, 16, 1, 2), rib, "! malformed MP_REACH_NLRI"},
		{"malformed MP_UNREACH_NLRI", attr(15, 0, 2), four, "! malformed MP_UNREACH_NLRI"},
	} {
		var a Attributes
		// Decoded twice into the same place: nothing of a route may stay for the next.
		if err := errors.Join(a.Decode(c.in, c.form), a.Decode(c.in, c.form)); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if got := show(&a); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestAttributeBlocksThatCannotBeFollowed(t *testing.T) {
	for name, in := range map[string][]byte{
		"half a header":               {0x40, 1},
		"half an extended length":     {0x50, 2, 0},
		"longer than the block":       {0x40, 4, 5, 0, 0, 0, 0},
		"a wrapped 16-bit length":     {0x50, 8, 0xff, 0xff, 0, 0},
		"MP_REACH_NLRI appears twice": segs(attr(14, 0, 2, 1, 4, 1, 1, 1, 1, 0), attr(14, 0, 2, 1, 4, 1, 1, 1, 1, 0)),
	} {
		var a Attributes
		if err := a.Decode(in, four); err == nil {
			t.Errorf("%s: no error, but %s", name, show(&a))
		}
	}
}

func TestNLRI(t *testing.T) {
	for _, c := range []struct {
		name    string
		in      []byte
		afi     AFI
		addPath bool
		want    string
	}{
		{"none", nil, IPv4, false, ""},
		{"several", []byte{0, 8, 10, 25, 192, 0, 2, 128, 32, 1, 2, 3, 4}, IPv4, false, "0.0.0.0/0 10.0.0.0/8 192.0.2.128/25 1.2.3.4/32"},
		{"bits past the mask", []byte{13, 0x0b, 0xff}, IPv4, false, "11.248.0.0/13"},
		{"IPv6", []byte{0, 33, 0x20, 1, 0xd, 0xb8, 0xff, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}, IPv6, false,
			"::/0 2001:db8:8000::/33 ::ffff:192.0.2.1/128"},
		{"path identifiers", []byte{0, 0, 0, 0, 8, 10, 255, 255, 255, 255, 0}, IPv4, true, "10.0.0.0/8#0 0.0.0.0/0#4294967295"},
		{"too long for IPv4", []byte{8, 10, 33, 1, 2, 3, 4, 5}, IPv4, false, "10.0.0.0/8 error"},
		{"too long for IPv6", []byte{129}, IPv6, false, "error"},
		{"ends inside a prefix", []byte{24, 1, 2}, IPv4, false, "error"},
		{"ends inside a path identifier", []byte{0, 0, 0}, IPv4, true, "error"},
		{"ends behind a path identifier", []byte{0, 0, 0, 1}, IPv4, true, "error"},
	} {
		var got []string
		for n := Prefixes(c.in, Family{c.afi, Unicast}, c.addPath); n.More(); {
			prefix, id, err := n.Next()
			switch {
			case err != nil:
				got = append(got, "error")
			case c.addPath:
				got = append(got, fmt.Sprintf("%s#%d", prefix, id))
			default:
				got = append(got, prefix.String())
			}
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %q, want %q", c.name, text, c.want)
		}
	}
}

func message(kind MessageType, body ...byte) []byte {
	b := slices.Repeat([]byte{0xff}, 16)
	b = binary.BigEndian.AppendUint16(b, uint16(19+len(body)))
	return append(append(b, byte(kind)), body...)
}

func TestHeader(t *testing.T) {
	kind, body, err := ParseHeader(append(message(MessageUpdate, 1, 2, 3), "what follows"...))
	if kind != MessageUpdate || !slices.Equal(body, []byte{1, 2, 3}) || err != nil {
		t.Errorf("type %d, body %x, error %v", kind, body, err)
	}
	long := message(MessageUpdate, make([]byte, 60000)...) // RFC 8654
	if _, body, err := ParseHeader(long); len(body) != 60000 || err != nil {
		t.Errorf("extended message: body of %d octets, error %v", len(body), err)
	}
	tooShort := message(MessageKeepalive)
	tooShort[17] = 18
	for name, b := range map[string][]byte{"half a header": message(MessageKeepalive)[:18], "shorter than its header": tooShort} {
		if _, body, err := ParseHeader(b); err == nil || errors.Is(err, ErrCut) || body != nil {
			t.Errorf("%s: body %x, error %v", name, body, err)
		}
	}
	if kind, body, err := ParseHeader(message(MessageUpdate, 1, 2)[:20]); kind != MessageUpdate || !slices.Equal(body, []byte{1}) || !errors.Is(err, ErrCut) {
		t.Errorf("a cut message: type %d, body %x, error %v", kind, body, err)
	}
}

func TestUpdate(t *testing.T) {
	u, err := ParseUpdate([]byte{0, 2, 8, 10, 0, 4, 0x40, 1, 1, 0, 16, 192, 0})
	if err != nil || fmt.Sprintf("%x %x %x", u.Withdrawn, u.Attributes, u.NLRI) != "080a 40010100 10c000" {
		t.Errorf("%x, %v", u, err)
	}
	for _, b := range [][]byte{{}, {0}, {0, 1}, {0, 0}, {0, 0, 0}, {0, 0, 0, 5, 1, 2}, {0xff, 0xff, 0, 0}} {
		if u, err := ParseUpdate(b); !errors.Is(err, ErrShort) {
			t.Errorf("%x: %x, error %v", b, u, err)
		}
	}
}

func TestAttributeTypeNames(t *testing.T) {
	if got := TypeLargeCommunity.String() + ", " + AttributeType(99).String(); got != "LARGE_COMMUNITY, attribute 99" {
		t.Error(got)
	}
}

// A table is decoded at millions of routes a second: nothing may be allocated for one.
func TestDecodeAllocatesNothing(t *testing.T) {
	in := segs(attr(1, 0), attr(2, segs(seg4(asSequence, 1, 2, 70000), seg4(asSet, 8, 9))...), attr(3, 192, 0, 2, 1), attr(8, 0, 1, 0, 2),
		attr(32, make([]byte, 24)...), attr(99, 1))
	var a Attributes
	text := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() {
		a.Decode(in, four)
		text = a.Path.Append(text[:0])
	}); n > 0 {
		t.Errorf("%v allocations a route", n)
	}
}

func FuzzUpdate(t *testing.F) {
	f := fuzz.With(t)
	f.Add(segs([]byte{0, 2, 8, 10, 0, 15}, attr(1, 0), attr(2, seg4(asSequence, 1, 2)...)[:11], []byte{16, 192, 0}), byte(0))
	f.Add(segs([]byte{0, 0, 0, 24}, attr(2, seg2(asSequence, 9, TransASN)...), attr(17, seg4(asSequence, 70000)...)), byte(1))
	f.Add(segs([]byte{0, 0, 0, 13}, attr(14, 0, 2, 1, 4, 1, 1, 1, 1, 0)), byte(2))
	f.Add(segs([]byte{0, 0, 0, 11}, attr(15, 0, 1, 1, 0, 0, 0, 1, 8), []byte{1}), byte(4))
	f.Add(segs([]byte{0, 0, 0, 20}, attr(14, append([]byte{16}, make([]byte, 16)...)...)), byte(6))
	f.Fuzz(func(t *testing.T, b []byte, flags byte) {
		u, err := ParseUpdate(b)
		if err != nil {
			return
		}
		form := Form{ASSize: 4 - 2*int(flags&1), AddPath: flags&4 != 0, RIB: flags&2 != 0}
		walk := func(field []byte, family Family) {
			if !family.Native() {
				return
			}
			for n := Prefixes(field, family, form.AddPath); n.More(); {
				prefix, _, err := n.Next()
				if err != nil {
					return
				}
				if prefix != prefix.Masked() || prefix.Addr().Is4() != (family.AFI == IPv4) {
					t.Errorf("prefix %s of %s", prefix, family)
				}
			}
		}
		walk(u.Withdrawn, Family{IPv4, Unicast})
		walk(u.NLRI, Family{IPv4, Unicast})
		var a Attributes
		if a.Decode(u.Attributes, form) != nil {
			return
		}
		walk(a.Reach.NLRI, a.Reach.Family)
		walk(a.Unreach.NLRI, a.Unreach.Family)
		if !a.Has(TypeASPath) {
			return
		}
		sent, stripped := a.Path.Length()
		if origin, set := a.Path.Origin(); stripped > sent || origin != 0 && set != nil {
			t.Errorf("path %s: lengths %d and %d, origin %d %v", &a.Path, sent, stripped, origin, set)
		}
		if text := a.Path.String(); (text == "") != (len(a.Path.segments) == 0) || strings.Contains(text, "  ") {
			t.Errorf("path %q", text)
		}
	})
}
