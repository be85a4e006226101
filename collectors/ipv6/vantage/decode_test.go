package vantage

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/fuzz"
)

var began = time.Date(2024, 5, 1, 6, 0, 0, 0, time.UTC)

// made is a transcript of events.
func made(t testing.TB, h header, events ...event) []byte {
	t.Helper()
	h.Format, h.Run, h.Vantage, h.Started = 1, "here/20240501T060000Z", "here", began
	var b bytes.Buffer
	if err := writeTranscript(&b, h, events); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// response is a packed answer.
func response(t testing.TB, name string, qtype uint16, rcode int, records ...string) []byte {
	t.Helper()
	m := new(dns.Msg)
	m.SetQuestion(name, qtype)
	m.Response, m.Rcode = true, rcode
	for _, r := range records {
		rr, err := dns.NewRR(name + " 60 IN " + dns.TypeToString[qtype] + " " + r)
		if err != nil {
			t.Fatal(err)
		}
		m.Answer = append(m.Answer, rr)
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func decode(t testing.TB, content []byte) (rows []datasets.VantageCheck, m *table.Manifest, err error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vantage.jsonl")
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	raw, err := archive.RawFile("ipv6-vantage", "", path, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	store := &table.Store{Dir: t.TempDir()}
	into := store.Begin(raw.Input())
	defer into.Abort()
	if err := (Checks{}).Decode(context.Background(), raw, into); err != nil {
		return nil, nil, err
	}
	all, err := into.Commit()
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range datasets.VantageChecks.Scan(store.Path(all[0])) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows, all[0], nil
}

func TestDecode(t *testing.T) {
	ask := event{Kind: "lookup", Family: 4, Resolver: "192.0.2.53:53", Result: "ok", MS: 1.5}
	a4, dns64, odd, broken := ask, ask, ask, ask
	a4.Purpose, a4.QType, a4.Response = "a4", "A", response(t, "ipv4only.arpa.", dns.TypeA, 0, "192.0.0.170", "192.0.0.171")
	dns64.Purpose, dns64.QType, dns64.Response = "dns64", "AAAA", response(t, "ipv4only.arpa.", dns.TypeAAAA, 0, "64:ff9b::c000:aa", "64:ff9b::c000:ab")
	odd.Purpose, odd.QType, odd.Response = "dns64", "AAAA", response(t, "ipv4only.arpa.", dns.TypeAAAA, 0, "2001:db8::1")
	broken.Purpose, broken.QType, broken.Response = "aaaa", "AAAA", []byte("no DNS message")
	content := made(t, header{Resolvers: []string{"192.0.2.53:53"}, Controls: []string{"a:80"}, Asked: true},
		event{Kind: "address", Family: 6, Address: "2a0f:1000::/48", Result: "ok", Count: 2, EUI64: true},
		event{Kind: "source", Family: 6, Address: "2a0f:1000::/48", Result: "ok"}, event{Kind: "source", Family: 4, Result: "unreachable", Error: "connect: network is unreachable"},
		event{Kind: "advertisement", Family: 6, Result: "ok", Interface: "eth0", Packet: append(make([]byte, 0), append([]byte{134, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, pref64Option...)...)},
		a4, dns64, odd, broken,
		event{Kind: "connect", Family: 6, Target: "a:80", Address: "2a0f::1", Result: "ok", MS: 10},
		event{Kind: "connect", Family: 4, Target: "a:80", Address: "192.0.2.1", Result: "so\x1b[31mmething", Error: "x\x1b[31m"},
		event{Kind: "exchange", Family: 6, Target: "a:80", Result: "ok", Sent: 4000, Received: 8000, MTU: 1500, MS: 30},
	)
	rows, m, err := decode(t, content)
	if err != nil || m.Seen != 11 || m.Kept != 11 || len(m.Damage) > 0 {
		t.Fatalf("%v, %+v", err, m)
	}
	var got []string
	for _, r := range rows {
		value := "-"
		if r.Value != nil {
			value = fmt.Sprint(*r.Value)
		}
		got = append(got, fmt.Sprintf("%s %d %s %s %s%s %s %s", r.Test, r.Family, r.Target, r.Result, value, r.Unit, r.RFC, r.Class))
		if r.RunID != "here/20240501T060000Z" || !r.RunTime.Equal(began) || strings.ContainsRune(r.Detail, 0x1b) {
			t.Errorf("%+v", r)
		}
	}
	want := []string{
		"address 4  absent - RFC 6890 ", "address 6 2a0f:1000::/48 ok 2 RFC 4291 global", "default-route 6 2a0f:1000::/48 ok - RFC 6724 global", "default-route 4  absent - RFC 6724 ",
		"resolver 4 192.0.2.53:53 ok 1.5ms RFC 1035 ", "dns64 4 192.0.2.53:53 ok 1.5ms RFC 7050 ", "dns64 4 192.0.2.53:53 error - RFC 7050 ", "resolver-aaaa 4 192.0.2.53:53 error - RFC 3596 ",
		"nat64-prefix 6 64:ff9b::/96 ok 96bits RFC 6052 well-known", "nat64-prefix 6 2001:db8:64::/96 ok 96bits RFC 6052 network-specific", "pref64 6 2001:db8:64::/96 ok 96bits RFC 8781 network-specific",
		"connect 6 a:80 ok 10ms RFC 9293 ", "connect 4 a:80 error - RFC 9293 ", "happy-eyeballs 0 a:80 ok 0ms RFC 8305 ",
		"large-exchange 6 a:80 ok 30ms RFC 8200 ", "path-mtu 6 a:80 ok 1500bytes RFC 8201 ", "score 0  ok 7points  ",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	r, err := ReportOf(content)
	if err != nil || len(r.Advice) == 0 || !strings.Contains(strings.Join(r.Advice, " "), "One of them is out of date") {
		t.Errorf("%v, %q", err, r.Advice)
	}
	// Cut anywhere after the header, what is whole is kept, and the damage is told.
	for _, cut := range []int{len(content) - 1, len(content) / 2, bytes.IndexByte(content, '\n') + 1} {
		rows, m, err := decode(t, content[:cut])
		if err != nil || len(rows) == 0 {
			t.Errorf("cut at %d: %v, %d rows", cut, err, len(rows))
		}
		if err == nil && cut < len(content)-1 && len(m.Damage) == 0 {
			t.Errorf("cut at %d: no damage is told", cut)
		}
	}
	for _, bad := range []string{"", "\n", "{}\n", "[]", `{"tidemark_vantage":1,"run":"x"}`, `{"tidemark_vantage":1,"run":"x","started":"0001-01-01T00:00:01Z"}`, `{"tidemark_probe":1,"run":"x"}`} {
		if _, _, err := decode(t, []byte(bad)); err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// TestEyeballs has a line for each way that two connections can go (RFC 8305).
func TestEyeballs(t *testing.T) {
	for _, c := range []struct {
		v6, v4         string
		ms6, ms4, lost float64
	}{
		{"ok", "ok", 10, 20, 0}, {"ok", "ok", 30, 20, 10}, {"ok", "ok", 270, 20, 250}, {"ok", "ok", 300, 20, 250}, {"ok", "timeout", 40, 0, 0},
		{"timeout", "ok", 0, 20, 250}, {"refused", "ok", 0, 20, 0}, {"unreachable", "ok", 0, 20, 0}, {"timeout", "timeout", 0, 0, -1},
	} {
		r := reportOf(header{Controls: []string{"a:80"}}, []event{{Kind: "connect", Family: 6, Target: "a:80", Result: c.v6, MS: c.ms6}, {Kind: "connect", Family: 4, Target: "a:80", Result: c.v4, MS: c.ms4}})
		got := having(r.Checks, "happy-eyeballs", 0)
		if c.lost < 0 {
			if len(got) > 0 {
				t.Errorf("%+v: %+v", c, got)
			}
			continue
		}
		if len(got) != 1 || *got[0].Value != c.lost {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}

func TestAdvertisements(t *testing.T) {
	fixed := []byte{134, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	option := func(scaled uint16, high ...byte) []byte {
		b := []byte{38, 2, byte(scaled >> 8), byte(scaled)}
		return append(append(b, high...), make([]byte, 12-len(high))...)
	}
	for _, c := range []struct {
		name string
		b    []byte
		want string
		bad  bool
	}{
		{"none", nil, "", false},
		{"96", option(225<<3, 0, 0x64, 0xff, 0x9b), "64:ff9b::/96 30m0s", false},
		{"64", option(1<<3|1, 0x20, 1, 0xd, 0xb8, 1), "2001:db8:100::/64 8s", false},
		{"56", option(2, 0x20, 1, 0xd, 0xb8, 1), "2001:db8:100::/56 0s", false},
		{"48", option(3, 0x20, 1, 0xd, 0xb8, 1), "2001:db8:100::/48 0s", false},
		{"40", option(4, 0x20, 1, 0xd, 0xb8, 1), "2001:db8:100::/40 0s", false},
		{"32", option(0xfff8|5, 0x20, 1, 0xd, 0xb8, 1), "2001:db8::/32 18h12m8s", false},
		{"code 6", option(6, 0x20, 1), "", false},
		{"another length", append([]byte{38, 1}, make([]byte, 6)...), "", false},
		{"no length", []byte{1, 0, 0, 0, 0, 0, 0, 0}, "", true},
		{"over the end", []byte{38, 2, 0, 0}, "", true},
		{"half a header", []byte{38}, "", true},
	} {
		found, err := parseAdvertisement(slices.Concat(fixed, c.b))
		var got []string
		for _, p := range found {
			got = append(got, p.Prefix.String()+" "+p.Lifetime.String())
		}
		if strings.Join(got, ",") != c.want || (err != nil) != c.bad {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	if _, err := parseAdvertisement([]byte{133, 0, 0, 0}); err == nil {
		t.Error("a solicitation was taken for an advertisement")
	}
	// Neither the router's hardware address nor the own prefix is kept.
	hardware := []byte{1, 1, 2, 3, 4, 5, 6, 7}
	whole := slices.Concat(fixed, hardware, option(0, 0, 0x64, 0xff, 0x9b), []byte{3, 4}, make([]byte, 30))
	if kept := onlyPREF64(whole); bytes.Contains(kept, hardware) || len(kept) != 32 {
		t.Errorf("kept % x", kept)
	}
}

func TestOwnAddressesAreCut(t *testing.T) {
	for address, want := range map[string]string{
		"2a0f:1000:1:2:211:22ff:fe33:4455": "2a0f:1000:1::/48", "93.184.216.34": "93.184.216.0/24", "fd00:1:2:3::4": "fd00:1:2::/48", "::1": "::1", "fe80::1%eth0": "fe80::1",
	} {
		if got := cut(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
	for address, want := range map[string]bool{"2a0f:1000:1:2:211:22ff:fe33:4455": true, "2a0f::1": false, "192.0.2.1": false} {
		if got := isEUI64(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s has a hardware address: %v, want %v", address, got, want)
		}
	}
	transcript, err := Run(context.Background(), Options{Name: "here"})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range addresses() {
		if p, err := netip.ParsePrefix(e.Address); e.Result == "ok" && (err != nil || p.Bits() > 48) {
			t.Errorf("%q in %s", e.Address, transcript)
		}
	}
}

func FuzzTranscript(t *testing.F) {
	f := fuzz.With(t)
	ask := event{Kind: "lookup", Family: 4, Purpose: "dns64", QType: "AAAA", Resolver: "192.0.2.53:53", Result: "ok", Response: response(f, "ipv4only.arpa.", dns.TypeAAAA, 0, "64:ff9b::c000:aa")}
	f.Add(made(f, header{Resolvers: []string{"192.0.2.53:53"}, Controls: []string{"a:80"}, Asked: true}, ask,
		event{Kind: "address", Family: 6, Address: "2a0f:1000::/48", Result: "ok"}, event{Kind: "source", Family: 6, Address: "2a0f:1000::/48", Result: "ok"},
		event{Kind: "advertisement", Result: "ok", Packet: []byte{134, 0, 0, 0, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 38, 2}},
		event{Kind: "connect", Family: 6, Target: "a:80", Result: "ok", MS: 10}, event{Kind: "connect", Family: 4, Target: "a:80", Result: "ok", MS: 1e300, Prefix: "64:ff9b::/96"},
		event{Kind: "exchange", Family: 6, Target: "a:80", Result: "timeout", Clamp: 1280}))
	f.Add([]byte(`{"tidemark_vantage":1,"run":"x","started":"2024-01-01T00:00:00Z"}` + "\n{\"kind\":\"connect\",\"family\":7}\n{\"end\":true,\"events\":9}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		// Decode does the same and writes the rows; to write takes too long here.
		if r, err := ReportOf(content); err == nil && r.Score != nil && (*r.Score > r.Of || r.Of > 10) {
			t.Errorf("score %d of %d", *r.Score, r.Of)
		}
		if found, err := parseAdvertisement(content); err == nil && len(found) > len(content)/16 {
			t.Errorf("%d prefixes in %d bytes", len(found), len(content))
		}
	})
}

// TestMisjudged has what reports used to call good: a prefix that is withdrawn or too short-lived, an answer too small to test
// the way back, and controls whose AAAA is filtered or forged.
func TestMisjudged(t *testing.T) {
	advertised := func(router, lifetime uint16) event {
		packet := append([]byte{134, 0, 0, 0, 64, 0, byte(router >> 8), byte(router), 0, 0, 0, 0, 0, 0, 0, 0}, pref64Option...)
		packet[18], packet[19] = byte(lifetime/8<<3>>8), byte(lifetime/8<<3)
		return event{Kind: "advertisement", Family: 6, Result: "ok", Interface: "eth0", Packet: packet}
	}
	lookup := func(purpose, name, qtype string, answer ...string) event {
		return event{Kind: "lookup", Family: 4, Purpose: purpose, Resolver: "192.0.2.53:53", Name: name, QType: qtype, Target: "a.example:80", Result: "ok", MS: 1,
			Response: response(t, name+".", dns.StringToType[qtype], 0, answer...)}
	}
	h := header{Resolvers: []string{"192.0.2.53:53"}, Controls: []string{"a.example:80"}, Asked: true}
	report := func(events ...event) *Report {
		r, err := ReportOf(made(t, h, events...))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	row := func(r *Report, test string, family uint32, result string) Check {
		t.Helper()
		for _, c := range r.Checks {
			if c.Test == test && c.Family == family {
				if c.Result != result {
					t.Errorf("%s is %s (%s), want %s", test, c.Result, c.Detail, result)
				}
				return c
			}
		}
		t.Errorf("no row of %s", test)
		return Check{}
	}
	synthesised := lookup("dns64", "ipv4only.arpa", "AAAA", "64:ff9b::c000:aa", "64:ff9b::c000:ab")
	r := report(advertised(1800, 0), synthesised)
	row(r, "pref64", 6, "withdrawn")
	if !strings.Contains(strings.Join(r.Advice, " "), "have withdrawn") {
		t.Errorf("%q", r.Advice)
	}
	if r := report(advertised(1800, 16)); !strings.Contains(row(r, "pref64", 6, "ok").Detail, "shorter than the router's lifetime of 30m0s") {
		t.Errorf("%+v", r)
	}
	if r := report(advertised(1800, 1800)); strings.Contains(row(r, "pref64", 6, "ok").Detail, "shorter") {
		t.Errorf("%+v", r)
	}
	small := event{Kind: "exchange", Family: 6, Target: "a.example:80", Result: "ok", Sent: 4000, Received: 352, MTU: 1500, MS: 30}
	row(report(small), "large-exchange", 6, "untested")

	four := event{Kind: "connect", Family: 4, Target: "a.example:80", Address: "60.0.0.1", Result: "ok", MS: 10}
	r = report(lookup("control", "a.example", "A", "60.0.0.1"), lookup("control", "a.example", "AAAA"), lookup("aaaa", "a.example", "AAAA"), four)
	row(r, "resolver-aaaa", 4, "absent")
	filtered, of := *r.Score, r.Of
	r = report(lookup("control", "a.example", "A", "60.0.0.1"), lookup("aaaa", "a.example", "AAAA", "::ffff:60.0.0.1"), four)
	row(r, "resolver-aaaa", 4, "error")
	if filtered != 1 || of < 5 || *r.Score != 1 || r.Of != of {
		t.Errorf("filtered: %d of %d, forged: %d of %d; want 1, for IPv4, and the points of the controls lost", filtered, of, *r.Score, r.Of)
	}
}
