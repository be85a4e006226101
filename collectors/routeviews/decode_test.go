package routeviews

import (
	"bytes"
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/internal/testkit/fuzz"
	"tidemark/internal/testkit/kafka"
)

// linx is a message of route-views.linx of 2021-11-08. Tests of other parsers have it too, followed by the line
// feed of the program that printed it.
const linx = "4f424d500107005c000000b0800c618881530002f643fef880938d19e9d632c815d1e95a87e1000a69732d61682d626d7031eb4de4e596b282c6a995b067df4abc8cc342f192" +
	"00000000000000000000000000046c696e780000000103000000b00000c00000000000000000200107f800040000000000001aae000400001aae5474800e02dddf5d00000000" +
	"ffffffffffffffffffffffffffffffff00800200000069400101005002001602050000192f00001aae0000232a000328eb00032caec008181aae42681aae44581aae464f1aae" +
	"59d91aae866543000000900e002c00020120200107f800040000000000001aae0004fe8000000000000082711ffffe7f29f100302a0fca800001"

func octets(t testing.TB, text string) []byte {
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	ours = netip.MustParsePrefix("203.0.113.0/24")
	peer = netip.MustParseAddr("192.0.2.7")
	when = time.Date(2026, 1, 2, 7, 58, 0, 250000000, time.UTC)
)

// announcement returns an UPDATE for 203.0.113.0/25 with a path of AS numbers of some octets.
func announcement(octets int, path ...uint32) []byte {
	value := []byte{2, byte(len(path))}
	for _, asn := range path {
		for shift := 8 * (octets - 1); shift >= 0; shift -= 8 {
			value = append(value, byte(asn>>shift))
		}
	}
	block := []byte{0x40, 1, 1, 0, 0x40, 3, 4, 192, 0, 2, 1}
	block = (&bgp.Attribute{Flags: 0x50, Type: bgp.TypeASPath, Value: value}).Append(block)
	body := append([]byte{0, 0, 0, byte(len(block))}, block...)
	return bgp.AppendMessage(nil, bgp.MessageUpdate, append(body, 25, 203, 0, 113, 0))
}

// enveloped returns a Route Monitoring message of the peer AS64501 on the bus.
func enveloped(flags byte, update []byte) []byte {
	return kafka.Envelope("linx", when, kafka.Message(0, peer, 64501, flags, update))
}

// TestRealMessage: what a message of RouteViews says, with its faults corrected.
func TestRealMessage(t *testing.T) {
	for watch, d := range map[string]*decoder{
		"prefix": newDecoder([]netip.Prefix{netip.MustParsePrefix("2a0f:ca80::/29")}, nil),
		"origin": newDecoder(nil, []uint32{208046}),
	} {
		m, err := d.read(octets(t, linx), time.Time{})
		if err != nil || m.Record == nil {
			t.Fatal(watch, m, err)
		}
		if want := time.Date(2021, 11, 8, 1, 45, 55, 194115000, time.UTC); m.Collector != "linx" || !m.Time.Equal(want) || m.Peer != netip.MustParseAddr("2001:7f8:4::1aae:4") {
			t.Errorf("%+v; want linx at %s", m, want)
		}
		rec, err := mrt.ParseRecord(m.Record)
		if err != nil || !rec.Time().Equal(m.Time) || rec.SubtypeName() != "MESSAGE_AS4" {
			t.Errorf("%s at %s, %v", rec.SubtypeName(), rec.Time(), err)
		}
		told, err := rec.ParseMessage()
		if err != nil {
			t.Fatal(err)
		}
		u, err := bgp.ParseUpdate(told.Body)
		if err != nil {
			t.Fatal(err)
		}
		var a bgp.Attributes
		if err := a.DecodeUpdate(&u, told.Form); err != nil || len(a.Problems()) > 0 {
			t.Error(err, a.Problems())
		}
		if got, want := a.Path.String(), "6830 9002 207083 208046"; got != want || told.Peer.ASN != 6830 {
			t.Errorf("path %s of AS%d, want %s", got, told.Peer.ASN, want)
		}
		if n := len(a.Communities); n != 6 || !a.Reach.NextHop.IsValid() {
			t.Errorf("%d communities, next hop %s", n, a.Reach.NextHop)
		}
	}
	if m, err := newDecoder([]netip.Prefix{ours}, []uint32{6447, 6830}).read(octets(t, linx), time.Time{}); err != nil || m.Record != nil {
		t.Errorf("of another watch list: %+v, %v", m, err)
	}
}

// TestRead: which messages are recorded, with which path.
func TestRead(t *testing.T) {
	withdrawal := bgp.AppendMessage(nil, bgp.MessageUpdate, []byte{0, 4, 24, 203, 0, 113, 0, 0})
	open := bgp.Capabilities{ASN: 64501, FourOctets: true}.AppendOpen(nil, 90, netip.MustParseAddr("10.0.0.9"))
	up := bytes.Join([][]byte{make([]byte, 20), open, open}, nil)
	two := enveloped(0, announcement(2, 6447, 64501, 64999))
	for _, c := range []struct {
		name  string
		value []byte
		want  string // subtype and path
	}{
		{"before policy", enveloped(0, announcement(4, 64501, 64999)), "MESSAGE_AS4 64501 64999"},
		{"after policy", enveloped(kafka.PostPolicy, announcement(4, 6447, 64501, 64999)), "MESSAGE_AS4 64501 64999"},
		{"of a path that is RouteViews' own", enveloped(0, announcement(4, 64501, 6447)), "MESSAGE_AS4 64501 6447"},
		{"with nothing behind the collector", enveloped(0, announcement(4, 6447)), "MESSAGE_AS4 6447"},
		{"of two octets that are not announced", two, "MESSAGE 64501 64999"},
		{"of two octets that are", enveloped(kafka.TwoOctets, announcement(2, 6447, 64501, 64999)), "MESSAGE 64501 64999"},
		{"a withdrawal", enveloped(kafka.PostPolicy, withdrawal), "MESSAGE_AS4 "},
		{"of a peer that came up", kafka.Envelope("linx", when, kafka.Message(3, peer, 64501, 0, up)), "STATE_CHANGE_AS4"},
		{"of a peer that went down", kafka.Envelope("linx", when, kafka.Message(2, peer, 64501, 0, append([]byte{3}, bgp.AppendMessage(nil, bgp.MessageNotification, []byte{6, 2})...))), "STATE_CHANGE_AS4"},
		{"of a peer that went down, without its NOTIFICATION", kafka.Envelope("linx", when, kafka.Message(2, peer, 64501, 0, []byte{3})), "STATE_CHANGE_AS4"},
		{"of Adj-RIB-Out", enveloped(0x10, announcement(4, 64501, 64999)), ""},
		{"an End-of-RIB", enveloped(0, bgp.AppendMessage(nil, bgp.MessageUpdate, []byte{0, 0, 0, 0})), ""},
		{"statistics", kafka.Envelope("linx", when, kafka.Message(1, peer, 64501, 0, make([]byte, 4))), ""},
		{"an Initiation", kafka.Envelope("linx", when, []byte{3, 0, 0, 0, 6, 4}), ""},
	} {
		m, err := newDecoder([]netip.Prefix{ours}, nil).read(c.value, time.Time{})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := ""
		if m.Record != nil {
			got = text(t, m.Record)
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// text returns a record's subtype, and the path of an UPDATE.
func text(t *testing.T, record []byte) string {
	t.Helper()
	rec, err := mrt.ParseRecord(record)
	if err != nil {
		t.Fatal(err)
	}
	m, err := rec.ParseMessage()
	if err != nil || m.Peer != (mrt.Peer{Address: peer, ASN: 64501}) || !rec.Time().Equal(when) {
		t.Errorf("%+v at %s, %v", m, rec.Time(), err)
	}
	if m.StateChange {
		return rec.SubtypeName()
	}
	u, err := bgp.ParseUpdate(m.Body)
	if err != nil {
		t.Fatal(err)
	}
	var a bgp.Attributes
	if err := a.DecodeUpdate(&u, m.Form); err != nil || len(a.Problems()) > 0 {
		t.Error(err, a.Problems())
	}
	return rec.SubtypeName() + " " + a.Path.String()
}

// TestBothPolicies: of a router that reports both RIBs, the one before policy is recorded.
func TestBothPolicies(t *testing.T) {
	d := newDecoder([]netip.Prefix{ours}, nil)
	for i, c := range []struct {
		flags byte
		want  bool
	}{{kafka.PostPolicy, true}, {0, true}, {kafka.PostPolicy, false}, {0, true}} {
		if m, err := d.read(enveloped(c.flags, announcement(4, 64501)), when); err != nil || (m.Record != nil) != c.want {
			t.Errorf("message %d: %x, %v", i, m.Record, err)
		}
	}
}

// TestHostileMessages: each is refused with a reason.
func TestHostileMessages(t *testing.T) {
	good := enveloped(0, announcement(4, 64501))
	changed := func(at int, to ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], to)
		return b
	}
	for _, c := range []struct {
		name, want string
		value      []byte
	}{
		{"nothing", "no BMP message", nil},
		{"text", "no BMP message", []byte("GET / HTTP/1.1\r\n\r\n")},
		{"another version", "version 2.7", changed(4, 2)},
		{"of the collector", "no BMP message", changed(12, 0)},
		{"another object", "no BMP message", changed(13, 1)},
		{"a header that is too long", "claims 65535 and", changed(6, 0xff, 0xff)},
		{"a header that is too short", "claims 3 and", changed(6, 0, 3)},
		{"a message that is longer", "octets of", changed(8, 0, 1)},
		{"a name that is too long", "OpenBMP's header", changed(38, 0xff, 0xff)},
		{"cut", "octets of", good[:len(good)-1]},
		{"a BMP message of another length", "no BMP message", changed(len(good)-len(kafka.Message(0, peer, 64501, 0, announcement(4, 64501)))+1, 0, 0, 0, 9)},
		{"without a peer", "per-peer header", kafka.Envelope("linx", when, []byte{3, 0, 0, 0, 7, 0, 1})},
		{"a BGP message that lies", "65535 octets", kafka.Envelope("linx", when, kafka.Message(0, peer, 64501, 0, append(bytes.Repeat([]byte{255}, 17), 255, 2)))},
		{"attributes that overrun", "path attributes", enveloped(0, bgp.AppendMessage(nil, bgp.MessageUpdate, []byte{0, 0, 9, 9}))},
	} {
		m, err := newDecoder([]netip.Prefix{ours}, nil).read(c.value, time.Time{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v, want an error with %q", c.name, m, err, c.want)
		}
	}
}

// TestRouters: no more routers are known than RouteViews could have.
func TestRouters(t *testing.T) {
	d := newDecoder([]netip.Prefix{ours}, nil)
	for i := range maxRouters + 5 {
		name := strings.Repeat("x", i%50) + string(rune('a'+i/50))
		if _, err := d.read(kafka.Envelope(name, when, []byte{3, 0, 0, 0, 6, 4}), when); (err != nil) != (i >= maxRouters) {
			t.Fatal(i, err)
		}
	}
}

// FuzzRead: whatever is on the bus, nothing panics, and a record is one.
func FuzzRead(t *testing.F) {
	f := fuzz.With(t)
	f.Add(octets(t, linx))
	f.Add(enveloped(kafka.PostPolicy, announcement(4, 6447, 64501)))
	f.Add(enveloped(0, announcement(2, 6447, 64501, 64502)))
	f.Add(kafka.Envelope("linx", when, kafka.Message(2, peer, 64501, 0, []byte{4})))
	f.Fuzz(func(t *testing.T, value []byte) {
		d := newDecoder([]netip.Prefix{netip.MustParsePrefix("0.0.0.0/0"), netip.MustParsePrefix("::/0")}, []uint32{0, 64501})
		m, err := d.read(value, when)
		if err != nil || m.Record == nil {
			return
		}
		rec, err := mrt.ParseRecord(m.Record)
		if err != nil {
			t.Fatal(err)
		}
		if told, err := rec.ParseMessage(); err != nil || told.Peer.Address != m.Peer {
			t.Errorf("%+v, %v", told, err)
		}
	})
}
