package derive

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// TestRoutesToLikeTwin compares the longest routes with those that are found by asking every route of every address.
func TestRoutesToLikeTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 1))
	for round := range 40 {
		address := func() netip.Addr { // few enough for prefixes to nest and addresses to be met
			if random.IntN(2) == 0 {
				return netip.AddrFrom4([4]byte{20, byte(random.IntN(3)), byte(random.IntN(4)), byte(random.IntN(4))})
			}
			return netip.AddrFrom16([16]byte{0x2a, 0x0f, 0, byte(random.IntN(3)), 0, byte(random.IntN(4)), 15: byte(random.IntN(4))})
		}
		var asked []datasets.DomainAddress
		for range 50 {
			asked = append(asked, datasets.DomainAddress{Address: address().String()})
		}
		var routes []datasets.RouteState
		for range 200 {
			a := address()
			p := netip.PrefixFrom(a, random.IntN(a.BitLen()+1)).Masked()
			r := datasets.RouteState{Family: netaddr.Family(a), Prefix: p.String(), PrefixLength: uint32(p.Bits()), OriginASN: uint32(random.IntN(4)), Visibility: []*float64{share(0), share(0.25), share(0.5), nil}[random.IntN(4)], Verdict: "global", ROVState: "valid"}
			if p.Bits() == 0 {
				r.LeftOut = "default-route"
			}
			if r.OriginASN == 0 {
				r.OriginSet = "{1,2}"
			}
			routes = append(routes, r)
		}
		store := &table.Store{Dir: t.TempDir()}
		hour := on(2020)
		put(t, store, hour, hour.Format(hourName), func(into *table.Commit, key table.Key) error {
			return rows(datasets.RouteStates, into, key, routes)
		})
		tables, err := store.Manifests(datasets.RouteStates.Schema)
		if err != nil {
			t.Fatal(err)
		}
		found, err := readRoutesTo(store, tables[0], asked)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range asked {
			a := netip.MustParseAddr(row.Address)
			longest, best := -1, datasets.RouteState{}
			origins := map[string]bool{}
			for _, r := range routes {
				p := netip.MustParsePrefix(r.Prefix)
				if r.LeftOut != "" || !p.Contains(a) || p.Bits() < longest {
					continue
				}
				if p.Bits() > longest {
					longest, best, origins = p.Bits(), r, map[string]bool{}
				}
				if valueOf(r.Visibility) > valueOf(best.Visibility) || valueOf(r.Visibility) == valueOf(best.Visibility) && r.OriginASN < best.OriginASN {
					best = r
				}
				text := fmt.Sprint(r.OriginASN)
				if r.OriginSet != "" {
					text = r.OriginSet
				}
				origins[text] = true
			}
			found.fill(&row)
			if (row.Routed == "yes") != (longest >= 0) || row.Prefix != best.Prefix || row.OriginASN != best.OriginASN || valueOf(row.Visibility) != valueOf(best.Visibility) {
				t.Fatalf("round %d: %s: %+v, the twin has %+v", round, a, row, best)
			}
			for origin := range origins {
				if !strings.Contains(row.Origins, origin) {
					t.Fatalf("round %d: %s: origins %s lack %s", round, a, row.Origins, origin)
				}
			}
		}
	}
}

// TestDomainAddresses joins one run with registries, a table and names.
func TestDomainAddresses(t *testing.T) {
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	day := on(2024)
	probe := func(host, address, qtype, test, service, result string, through bool) datasets.IPv6Probe {
		return datasets.IPv6Probe{RunID: "probes/20240101T060000Z", StartedAt: day.Add(6 * time.Hour), ListID: "l", Rank: 1, Stratum: "1k", Domain: "a.example", HostKind: "apex", Host: host,
			Test: test, QType: qtype, Address: address, Service: service, Result: result, ThroughDNS64: through, BaselineOK: true}
	}
	look := func(address, qtype string) datasets.IPv6Probe {
		return probe("a.example", address, qtype, "lookup", "", "ok", false)
	}
	probes := []datasets.IPv6Probe{
		look("20.0.0.1", "A"), look("2a0f:1::1", "AAAA"), look("2a0f:1::1", "AAAA"), look("2a0f:2::1", "AAAA"), look("2a0f:3::1", "AAAA"), look("fe80::1", "AAAA"), look("64:ff9b::1400:1", "AAAA"),
		look("2002:1400:1::1", "AAAA"), look("2a0f:9::9", "HTTPS"), probe("a.example", "2a0f:64::1", "AAAA", "lookup", "", "ok", true), look("", "MX"),
		probe("a.example", "2a0f:1::1", "AAAA", "connect", "http", "ok", false), probe("a.example", "2a0f:1::1", "AAAA", "connect", "https", "tls_error", false),
		probe("a.example", "2a0f:2::1", "AAAA", "connect", "http", "ok", false),
		probe("a.example", "2a0f:2::1", "AAAA", "connect", "smtp", "refused", false), // nobody offers it
		probe("a.example", "20.0.0.1", "A", "connect", "https", "ok", false),         // the service works elsewhere, so the fault is the address's
	}
	put(t, store, day, "run", func(into *table.Commit, key table.Key) error { return rows(datasets.IPv6Probes, into, key, probes) })
	special := func(registry string, family uint32, blocks ...string) {
		var all []datasets.SpecialPrefix
		for _, b := range blocks {
			f := strings.Split(b, "|")
			all = append(all, datasets.SpecialPrefix{RegistryDate: day, Registry: registry, Family: family, Prefix: f[0], Name: f[1], Reference: f[2], GloballyReachable: f[3]})
		}
		put(t, store, day, registry, func(into *table.Commit, key table.Key) error { return rows(datasets.SpecialPrefixes, into, key, all) })
	}
	special("iana-ipv6-special", 6, "fe80::/10|Link-Local Unicast|[RFC4291]|false", "64:ff9b::/96|IPv4-IPv6 Translat.|[RFC6052]|true", "2002::/16|6to4|[RFC3056]|n/a")
	route := func(prefix string, origin uint32, visibility float64, leftOut, rov string) datasets.RouteState {
		p := netip.MustParsePrefix(prefix)
		return datasets.RouteState{Family: netaddr.Family(p.Addr()), Prefix: prefix, PrefixLength: uint32(p.Bits()), OriginASN: origin, Visibility: &visibility, Verdict: "global", ROVState: rov, BogonClass: "none", LeftOut: leftOut}
	}
	for _, hour := range []time.Time{day.Add(-40 * 24 * time.Hour), day.Add(2 * time.Hour), day.Add(8 * time.Hour)} { // stale, right, too late
		var origin uint32 = 7
		if hour.Equal(day.Add(2 * time.Hour)) {
			origin = 1
		}
		put(t, store, hour.Truncate(24*time.Hour), hour.Format(hourName), func(into *table.Commit, key table.Key) error {
			return rows(datasets.RouteStates, into, key, []datasets.RouteState{
				route("20.0.0.0/8", origin, 1, "", "valid"), route("::/0", 9, 1, "default-route", "not-found"), route("2a0f::/16", origin, 1, "", "not-found"), route("2a0f:1::/32", 2, 0.5, "", "valid"),
				route("2a0f:2::/32", 4, 0.25, "", "valid"), route("2a0f:2::/32", 3, 0.75, "", "invalid-origin"), route("2a0f:1::/64", 5, 1, "too-long", "valid"),
			})
		})
	}
	put(t, store, day.AddDate(0, 1, 0), "names", func(into *table.Commit, key table.Key) error {
		return rows(datasets.ASNames, into, key, []datasets.ASName{{FileDate: day.AddDate(0, 1, 0), ASN: 3, Name: "THREE"}})
	})
	if n, err := Run(context.Background(), store, []Derivation{DomainAddresses}); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if n, err := Run(context.Background(), store, []Derivation{DomainAddresses}); err != nil || n != 0 {
		t.Errorf("a second run makes %d, %v", n, err)
	}
	made, err := store.Manifests(datasets.DomainAddresses.Schema)
	if err != nil {
		t.Fatal(err)
	}
	if m := made[0]; m.Seen != int64(len(probes)) || m.Kept != m.Seen || len(m.Inputs) != 4 {
		t.Errorf("%+v", m)
	}
	var got []string
	for r, err := range datasets.DomainAddresses.Scan(store.Path(made[0])) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %s|%s|%s %s|%d %s|%s %s AS%d %s %s %v %s|%s %s", r.Address, r.Standing, r.SpecialBlock, r.EmbeddedIPv4, r.EmbeddedForm, r.Tests, r.Failing, r.Routed, r.Prefix, r.OriginASN, r.Origins, r.ASName,
			valueOf(r.Visibility), r.ROVState, r.RouteTime.Format(hourName), r.NamesDate))
	}
	compareLines(t, got,
		"20.0.0.1 unknown|| |1 |yes 20.0.0.0/8 AS1 1  1 valid|2024-01-01T02 2024-02-01",
		"64:ff9b::1400:1 special|64:ff9b::/96 IPv4-IPv6 Translat. [RFC6052]|20.0.0.1 well-known|0 |no  AS0   -1 |2024-01-01T02 2024-02-01",
		"2002:1400:1::1 special|2002::/16 6to4 [RFC3056]|20.0.0.1 6to4|0 |no  AS0   -1 |2024-01-01T02 2024-02-01",
		"2a0f:1::1 global|| |2 https=tls_error|yes 2a0f:1::/32 AS2 2  0.5 valid|2024-01-01T02 2024-02-01",
		"2a0f:2::1 global|| |1 |yes 2a0f:2::/32 AS3 3,4 THREE 0.75 invalid-origin|2024-01-01T02 2024-02-01",
		"2a0f:3::1 global|| |0 |yes 2a0f::/16 AS1 1  1 not-found|2024-01-01T02 2024-02-01",
		"2a0f:64::1 dns64|| |0 |yes 2a0f::/16 AS1 1  1 not-found|2024-01-01T02 2024-02-01",
		"fe80::1 special|fe80::/10 Link-Local Unicast [RFC4291]| |0 |no  AS0   -1 |2024-01-01T02 2024-02-01",
	)
}

func share(v float64) *float64 { return &v }

// valueOf returns a share; -1 is an unknown one.
func valueOf(share *float64) float64 {
	if share == nil {
		return -1
	}
	return *share
}
