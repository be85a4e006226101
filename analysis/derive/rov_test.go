package derive

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/registry"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/tables"
)

// slowPayload is a payload of the slow, obvious twin.
type slowPayload struct {
	prefix netip.Prefix
	vrp
}

// slowValidate is RFC 6811 section 2, word for word: every payload is looked at.
func slowValidate(all []slowPayload, prefix netip.Prefix, origin uint32) string {
	covered, sameAS := false, false
	for _, p := range all {
		if p.prefix.Bits() > prefix.Bits() || !p.prefix.Contains(prefix.Addr()) {
			continue
		}
		covered = true
		if origin == 0 || p.asn != origin {
			continue
		}
		if prefix.Bits() <= int(p.maxLength) {
			return "valid"
		}
		sameAS = true
	}
	switch {
	case !covered:
		return "not-found"
	case sameAS:
		return "invalid-length"
	}
	return "invalid-origin"
}

func TestValidateLikeTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	prefix := func() netip.Prefix {
		if r.IntN(2) == 0 {
			return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(r.IntN(2)), byte(r.IntN(4) << 6), 0}), r.IntN(33)).Masked()
		}
		return netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, byte(r.IntN(2)), byte(r.IntN(4) << 6)}), r.IntN(65)).Masked()
	}
	for range 300 {
		v := &validator{anchors: allAnchors}
		var all []slowPayload
		for range r.IntN(12) {
			p := prefix()
			payload := vrp{uint32(r.IntN(4)), uint32(p.Bits() + r.IntN(p.Addr().BitLen()-p.Bits()+1))}
			v.add(p, payload)
			all = append(all, slowPayload{p, payload})
		}
		for range 30 {
			p, origin := prefix(), uint32(r.IntN(4))
			if got, _ := v.validate(p, origin, ""); got != slowValidate(all, p, origin) {
				t.Fatalf("%s of AS%d is %s, want %s, by %v", p, origin, got, slowValidate(all, p, origin), all)
			}
		}
	}
}

// decode commits a real file and returns the manifest of its first dataset.
func decode(t *testing.T, store *table.Store, c collectors.Kind, path string, day time.Time) *table.Manifest {
	t.Helper()
	manifests, err := tables.Decode(t, store, c, "", path, day)
	if err != nil {
		t.Fatal(err)
	}
	return manifests[0]
}

// TestValidateRealPayloads: for 31,898 real payloads, each is valid for its own prefix, origin and maximum length, and a
// sample of other routes is judged as the twin judges it.
func TestValidateRealPayloads(t *testing.T) {
	store := tables.Store(t)
	m := decode(t, store, registry.ROAs{}, testkit.Data(t, "rpki/validator3-roas.201801.json.gz"), date("2018-01-31"))
	v, err := readValidator(store, []*table.Manifest{m}, nil)
	if err != nil {
		t.Fatal(err)
	}
	v.anchors = allAnchors
	var all []slowPayload
	for row, err := range datasets.ROAs.Scan(store.Path(m)) {
		if err != nil {
			t.Fatal(err)
		}
		p := netip.MustParsePrefix(row.Prefix)
		all = append(all, slowPayload{p, vrp{row.ASN, row.MaxLength}})
		if row.ASN == 0 {
			continue
		}
		if state, reason := v.validate(p, row.ASN, ""); state != "valid" || reason == "" {
			t.Errorf("%s of AS%d is %s", p, row.ASN, state)
		}
		if longer := netip.PrefixFrom(p.Addr(), int(row.MaxLength)); row.MaxLength > row.PrefixLength {
			if state, _ := v.validate(longer, row.ASN, ""); state != "valid" {
				t.Errorf("%s of AS%d is %s", longer, row.ASN, state)
			}
		}
	}
	r := rand.New(rand.NewPCG(8, 8))
	for range 200 {
		p := all[r.IntN(len(all))]
		bits := min(p.prefix.Bits()+r.IntN(4), p.prefix.Addr().BitLen())
		prefix, origin := netip.PrefixFrom(p.prefix.Addr(), bits), []uint32{p.asn, 64496, 0}[r.IntN(3)]
		if got, _ := v.validate(prefix, origin, ""); got != slowValidate(all, prefix, origin) {
			t.Errorf("%s of AS%d is %s, want %s", prefix, origin, got, slowValidate(all, prefix, origin))
		}
	}
}

func date(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

// TestBogons judges routes by the real registries: at hand before the day, and younger than it.
func TestBogons(t *testing.T) {
	store := tables.Store(t)
	for _, name := range []string{"iana/iana-ipv4-special-registry-1.csv", "iana/iana-ipv6-special-registry-1.csv"} {
		decode(t, store, registry.SpecialPrefixes{}, testkit.Data(t, name), date("2015-01-01"))
	}
	for _, name := range []string{"iana/ipv4-address-space.xml", "iana/ipv6-unicast-address-assignments.xml"} {
		decode(t, store, registry.AddressSpace{}, testkit.Data(t, name), date("2013-06-01"))
	}
	decode(t, store, registry.ASNumbers{}, testkit.Data(t, "iana/as-numbers.xml"), time.Time{})
	files, err := readShelf(store)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		day, prefix string
		origin      uint32
		class       string
		reason      string
	}{
		{"2020-01-01", "100.64.0.0/10", 1, "special-purpose", "100.64.0.0/10 Shared Address Space [RFC6598]"},
		{"2020-01-01", "100.80.1.0/24", 1, "special-purpose", "100.64.0.0/10"},
		{"2020-01-01", "100.0.0.0/8", 1, "none", ""}, // covers the block, lies not in it
		{"2020-01-01", "100.128.0.0/10", 1, "none", ""},
		{"2020-01-01", "64:ff9b::/96", 1, "none", ""}, // globally reachable
		{"2020-01-01", "64:ff9b:1::/48", 1, "special-purpose", "[RFC8215]"},
		{"2020-01-01", "64:ff9b:1:2::/64", 1, "special-purpose", "[RFC8215]"},
		{"2020-01-01", "2001:db8::/32", 1, "special-purpose", "Documentation"},
		{"2020-01-01", "2001:20::/28", 1, "none", ""},   // reachable inside an unreachable block
		{"2020-01-01", "192.88.99.0/24", 1, "none", ""}, // n/a
		{"2020-01-01", "0.0.0.0/0", 1, "none", ""},
		{"2020-01-01", "8.8.8.0/24", 64512, "private-asn", "AS64512"},
		{"2020-01-01", "8.8.8.0/24", 64496, "documentation-asn", "[RFC5398]"},
		{"2020-01-01", "8.8.8.0/24", 23456, "reserved-asn", "AS_TRANS"},
		{"2020-01-01", "8.8.8.0/24", 4200000000, "private-asn", "[RFC6996]"},
		{"2020-01-01", "8.8.8.0/24", 131072, "none", ""},
		{"2020-01-01", "8.8.8.0/24", 0, "none", ""},
		// The registry at hand is younger than these days: its old lines prove a bogon, nothing else is known.
		{"2014-05-30", "100.64.0.0/10", 1, "special-purpose", "allocated 2012-04 (registry of 2015-01-01)"},
		{"2011-05-30", "100.64.0.0/10", 1, "unknown", ""},
		{"2014-05-30", "8.8.8.0/24", 1, "unknown", ""},
		{"2000-01-11", "10.0.0.0/8", 1, "special-purpose", "Private-Use"},
		// IANA's registries of addresses and AS numbers of 2013.
		{"2020-01-01", "240.1.0.0/16", 1, "special-purpose", "240.0.0.0/4"},
		{"2014-06-01", "224.1.0.0/16", 1, "unallocated", "IANA has 224.0.0.0/8 as reserved on 2013-06-01"},
		{"2014-06-01", "3ffe:1::/32", 1, "unallocated", "3ffe::/16"},
		{"2013-07-02", "4000::/16", 1, "unallocated", "[RFC4291]"},
		{"2020-01-01", "224.1.0.0/16", 1, "unknown", "IANA had 224.0.0.0/8 as reserved on 2013-06-01, 2405 days before the table (limit 366 days)"},
		{"2013-07-03", "4000::/16", 1, "unknown", "no special-purpose registry"},
		{"2020-01-01", "4000::/16", 1, "unknown", "2405 days before the table (limit 31 days)"},
		{"2020-01-01", "2000::/12", 1, "none", ""}, // covers assignments
		{"2020-01-01", "2a00:1450::/32", 1, "none", ""},
		{"2013-07-01", "8.8.8.0/24", 300000, "unallocated-asn", "IANA has 263680-327679 as Unallocated on 2013-06-11"},
		{"2014-05-30", "8.8.8.0/24", 300000, "unknown", ""},
		{"2020-01-01", "8.8.8.0/24", 300000, "unknown", "AS300000: IANA had 263680-327679 as Unallocated on 2013-06-11, 2395 days before the table (limit 31 days)"},
		{"2020-01-01", "8.8.8.0/24", 112, "none", ""},
	} {
		using := files.asOf(date(c.day))
		found, err := readBogons(store, &using, date(c.day))
		if err != nil {
			t.Fatal(err)
		}
		class, reason := found.class(netip.MustParsePrefix(c.prefix), c.origin, nil)
		if class != c.class || !strings.Contains(reason, c.reason) {
			t.Errorf("%s of AS%d on %s is %s (%s), want %s (%s)", c.prefix, c.origin, c.day, class, reason, c.class, c.reason)
		}
	}
}

// TestDelegated looks prefixes up in real statistics, whose IPv4 ranges are not all powers of two.
func TestDelegated(t *testing.T) {
	store := tables.Store(t)
	m := decode(t, store, registry.Delegations{}, testkit.Data(t, "rir/delegated-lacnic-extended-202401.gz"), time.Time{})
	d, err := readDelegated(store, []*table.Manifest{m})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for row, err := range datasets.Delegations.Scan(store.Path(m)) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; row.Type == "asn" || n%97 != 0 {
			continue
		}
		bits := int(row.Value)
		if row.Type == "ipv4" {
			bits = 32
		}
		first := netip.MustParseAddr(row.Start)
		for _, address := range []netip.Addr{first, lastAddress(first, row)} {
			p := netip.PrefixFrom(address, max(bits, address.BitLen()))
			switch got := d.find(p); {
			case got == nil:
				t.Errorf("%s is not delegated, want the delegation of %s", p, row.Start)
			case got.row.Start != row.Start:
				t.Errorf("%s is in the delegation of %s, want %s", p, got.row.Start, row.Start)
			case got.row.Status != row.Status:
				t.Errorf("%s is %s, want %s", p, got.row.Status, row.Status)
			}
		}
		if got := d.find(netip.PrefixFrom(first.Prev(), first.BitLen())); got != nil && got.row.Start == row.Start {
			t.Errorf("the address before %s is of it", row.Start)
		}
	}
	if d.find(netip.MustParsePrefix("1.0.0.0/8")) != nil {
		t.Error("1.0.0.0/8 is LACNIC's")
	}
}

func TestVerdicts(t *testing.T) {
	for _, c := range []struct {
		origin            uint32
		ases              []uint32
		full, total, feed int64 // full feeds that carry it, all of them, and their ASes
		want              string
	}{
		{1, []uint32{1}, 0, 10, 9, "self-feed-only"}, {1, []uint32{2}, 1, 10, 9, "single-feeder"}, {0, []uint32{2}, 9, 10, 9, "single-feeder"},
		{1, []uint32{1, 2}, 0, 10, 9, "low"}, {1, []uint32{2, 3}, 1, 10, 9, "partial"}, {1, []uint32{2, 3}, 4, 10, 9, "partial"},
		{1, []uint32{2, 3}, 5, 10, 5, "global"},
		// Full feeds of fewer than five ASes are not the public, however many sessions they have.
		{1, []uint32{2, 3}, 1, 1, 1, "unknown"}, {1, []uint32{2}, 1, 1, 1, "unknown"}, {1, []uint32{1}, 0, 20, 4, "unknown"},
		{1, []uint32{2, 3}, 20, 20, 4, "unknown"}, {1, []uint32{2, 3}, 0, 0, 0, "unknown"}, {1, nil, 0, 10, 9, "unknown"},
	} {
		row := datasets.RouteState{OriginASN: uint32(c.origin), FullFeedPeers: &c.full, FullFeedTotal: &c.total, FullFeedASes: &c.feed}
		if c.total > 0 {
			row.Visibility = share(float64(c.full) / float64(c.total))
		}
		if c.ases != nil {
			row.PeerASes = count(len(c.ases))
		}
		if got := verdict(&row, len(c.ases) == 1 && c.ases[0] == c.origin, MinFullFeeds); got != c.want {
			t.Errorf("%s is %s, want %s", fmt.Sprint(c), got, c.want)
		}
	}
}

func count(n int) *int64 {
	v := int64(n)
	return &v
}

// TestLocalExceptions has the cases of RFC 8416 section 3: what filters take away, and what assertions add though a filter
// would fit them.
func TestLocalExceptions(t *testing.T) {
	store := tables.Store(t)
	as := func(n int64) *int64 { return &n }
	key := table.Key{Day: on(2020), Name: "x"}
	roas := []*table.Manifest{tables.Commit(t, store, datasets.ROAs, key,
		datasets.ROA{Family: 4, Prefix: "192.0.2.0/24", MaxLength: 24, ASN: 1}, datasets.ROA{Family: 4, Prefix: "192.0.0.0/16", MaxLength: 24, ASN: 2},
		datasets.ROA{Family: 4, Prefix: "198.51.100.0/24", MaxLength: 24, ASN: 3}, datasets.ROA{Family: 4, Prefix: "203.0.113.0/24", MaxLength: 24, ASN: 3},
		datasets.ROA{Family: 4, Prefix: "203.0.113.0/24", MaxLength: 24, ASN: 4}, datasets.ROA{Family: 6, Prefix: "2001:db8::/32", MaxLength: 32, ASN: 5})}
	exceptions := []*table.Manifest{tables.Commit(t, store, datasets.LocalExceptions, key,
		datasets.LocalException{Object: "roa", Action: "filter", Prefix: "192.0.2.0/24"}, datasets.LocalException{Object: "roa", Action: "filter", ASN: as(5)},
		datasets.LocalException{Object: "roa", Action: "filter", ASN: as(3), Prefix: "203.0.113.0/24"},
		datasets.LocalException{Object: "roa", Action: "assert", ASN: as(9), Prefix: "192.0.2.0/24", MaxLength: 25})}
	for _, c := range []struct {
		prefix        string
		origin        uint32
		with, without string
	}{
		{"192.0.2.0/24", 1, "invalid-origin", "valid"},      // filtered; AS 2's covering one and the assertion stay
		{"192.0.2.0/24", 2, "valid", "valid"},               // a less specific payload is not in the filter's block
		{"192.0.2.0/25", 9, "valid", "invalid-origin"},      // asserted
		{"198.51.100.0/24", 3, "valid", "valid"},            // the filter wants AS and block
		{"203.0.113.0/24", 3, "invalid-origin", "valid"},    // both fit
		{"203.0.113.0/24", 4, "valid", "valid"},             // another AS
		{"2001:db8::/32", 5, "not-found", "valid"},          // by AS alone
		{"2001:db8::/33", 6, "not-found", "invalid-origin"}, // nothing covers it any more
	} {
		for _, v := range []struct {
			exceptions []*table.Manifest
			want       string
		}{{exceptions, c.with}, {nil, c.without}} {
			rov, err := readValidator(store, roas, v.exceptions)
			if err != nil {
				t.Fatal(err)
			}
			if got, _ := rov.match(netip.MustParsePrefix(c.prefix), c.origin); got != v.want {
				t.Errorf("%s AS%d with %d files of exceptions: %s, want %s", c.prefix, c.origin, len(v.exceptions), got, v.want)
			}
		}
	}
}
