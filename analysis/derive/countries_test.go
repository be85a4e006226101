package derive_test

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/derive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
	"tidemark/internal/testkit/tables"
)

// countryFixture commits an hour of states and delegations, and returns the derived rows.
func countryFixture(t *testing.T, states []datasets.RouteState, delegations []datasets.Delegation) ([]datasets.CountryStat, []datasets.ASRegistration) {
	t.Helper()
	store := tables.Store(t)
	hour := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range states {
		states[i].Time = hour
	}
	tables.Commit(t, store, datasets.RouteStates, table.Key{Day: hour, Name: "2020-01-01T00"}, states...)
	byRegistry := map[string][]datasets.Delegation{}
	for _, d := range delegations {
		d.FileDate = hour.AddDate(0, 0, -1)
		byRegistry[d.Registry] = append(byRegistry[d.Registry], d)
	}
	for _, name := range slices.Sorted(maps.Keys(byRegistry)) {
		tables.Commit(t, store, datasets.Delegations, table.Key{Day: hour.AddDate(0, 0, -1), Name: name}, byRegistry[name]...)
	}
	jobs, err := derive.Countries.Plan(store)
	if err != nil || len(jobs) != 1 {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	if err := jobs[0].Make(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	return all(t, store, datasets.CountryStats), all(t, store, datasets.ASRegistrations)
}

func all[Row any](t *testing.T, store *table.Store, d *table.Dataset[Row]) (rows []Row) {
	t.Helper()
	manifests, err := store.Manifests(d.Schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		rows = append(rows, tables.Rows(t, store, d, m)...)
	}
	return rows
}

func stateOf(prefix string, origin uint32, rov string) datasets.RouteState {
	p := netip.MustParsePrefix(prefix)
	return datasets.RouteState{Family: netaddr.Family(p.Addr()), Prefix: prefix, PrefixLength: uint32(p.Bits()), OriginASN: origin, ROVState: rov, BogonClass: "none"}
}

// TestCountries: registrations of ASes and of space apart, nested prefixes, several origins, prefixes over two delegations, codes
// that belong to no country, and what no file says.
func TestCountries(t *testing.T) {
	delegation := func(registry, country, kind, start string, value int64, status string) datasets.Delegation {
		return datasets.Delegation{Registry: registry, Country: country, Type: kind, Start: start, Value: value, Status: status}
	}
	bogon := stateOf("10.0.9.0/24", 1, "valid")
	bogon.BogonClass = "special-purpose"
	out := stateOf("0.0.0.0/0", 1, "valid")
	out.LeftOut = "default-route"
	stats, ases := countryFixture(t, []datasets.RouteState{
		out, // left out
		stateOf("10.0.0.0/22", 1, "valid"),
		stateOf("10.0.1.0/24", 2, "invalid-length"), // more specific, of another country's AS
		stateOf("10.0.2.0/24", 1, "not-found"),      // two origins
		stateOf("10.0.2.0/24", 2, "valid"),
		bogon,
		stateOf("10.1.0.0/16", 3, "unknown"), // over two delegations; an AS that nobody registered
		stateOf("2001:db8::/32", 2, "not-found"),
		stateOf("2001:dba::/32", 0, "not-found"), // an AS_SET; a reserved block
	}, []datasets.Delegation{
		delegation("apnic", "JP", "asn", "1", 1, "assigned"),
		delegation("ripencc", "EU", "asn", "2", 1, "assigned"),
		delegation("ripencc", "", "asn", "3", 1, "reserved"),
		delegation("apnic", "JP", "ipv4", "10.0.0.0", 65536, "allocated"),
		delegation("apnic", "AU", "ipv4", "10.1.0.0", 32768, "allocated"),
		delegation("ripencc", "NL", "ipv6", "2001:db8::", 31, "allocated"),
		delegation("ripencc", "ZZ", "ipv6", "2001:dba::", 32, "reserved"),
	})
	var got []string
	for _, r := range stats {
		delegated := "unknown"
		if r.Delegated != nil {
			delegated = fmt.Sprint(*r.Delegated)
		}
		if r.DelegatedASNs != nil {
			delegated = fmt.Sprint(*r.DelegatedASNs)
		}
		got = append(got, fmt.Sprintf("%d %s %s %s: %d/%d of %d(%d), %g; %d %d %d %d; %g %g %g %g; %s", r.Family, r.Registration, r.Country, r.Registry, r.Prefixes, r.Routes, r.ASes, r.ASesBoth, r.Span,
			r.ValidRoutes, r.InvalidRoutes, r.NotFoundRoutes, r.UnknownRoutes, r.ValidSpan, r.InvalidSpan, r.NotFoundSpan, r.UnknownSpan, delegated))
		if r.RegistryFiles != 2 || r.FileDate != "2019-12-31" {
			t.Errorf("files of %d registries, of %s", r.RegistryFiles, r.FileDate)
		}
	}
	want := []string{
		"4 as EU ripencc: 2/2 of 1(1), 512; 1 1 0 0; 256 256 0 0; 1",
		"4 as JP apnic: 2/2 of 1(0), 768; 1 0 1 0; 512 0 256 0; 1",
		"4 as unknown unknown: 1/1 of 1(0), 65536; 0 0 0 1; 0 0 0 65536; unknown",
		"4 space AU apnic: 0/0 of 0(0), 32768; 0 0 0 0; 0 0 0 32768; 32768",
		"4 space JP apnic: 3/4 of 2(0), 1024; 2 1 1 0; 768 256 0 0; 65536",
		"4 space unknown unknown: 1/1 of 1(0), 32768; 0 0 0 1; 0 0 0 32768; unknown",
		"6 as EU ripencc: 1/1 of 1(1), 4.294967296e+09; 0 0 1 0; 0 0 4.294967296e+09 0; 1",
		"6 as JP apnic: 0/0 of 0(0), 0; 0 0 0 0; 0 0 0 0; 1",
		"6 as unknown unknown: 1/1 of 0(0), 4.294967296e+09; 0 0 1 0; 0 0 4.294967296e+09 0; unknown",
		"6 space NL ripencc: 1/1 of 1(0), 4.294967296e+09; 0 0 1 0; 0 0 4.294967296e+09 0; 8.589934592e+09",
		"6 space unknown unknown: 1/1 of 0(0), 4.294967296e+09; 0 0 1 0; 0 0 4.294967296e+09 0; unknown",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var registered []string
	for _, a := range ases {
		registered = append(registered, fmt.Sprintf("%d %s %s %d/%g %d/%g", a.ASN, a.Country, a.Registry, a.IPv4Prefixes, a.IPv4Span, a.IPv6Prefixes, a.IPv6Span))
	}
	want = []string{"1 JP apnic 2/768 0/0", "2 EU ripencc 2/512 1/4.294967296e+09", "3 unknown unknown 1/65536 0/0"}
	if !slices.Equal(registered, want) {
		t.Errorf("got %q, want %q", registered, want)
	}
}

// TestCountrySpans compares the spans of random tables with those of a program that looks at every address.
func TestCountrySpans(t *testing.T) {
	states := []string{"valid", "invalid-origin", "not-found", "unknown"}
	codes := []string{"AA", "BB", "CC"}
	for seed := range uint64(20) {
		next := seed*2654435761 + 1
		random := func(n int) int {
			next = next*6364136223846793005 + 1442695040888963407
			return int(next >> 33 % uint64(n))
		}
		var delegations []datasets.Delegation
		asCode, spaceCode := map[uint32]string{}, make([]string, 4096) // of 10.0.0.0/20
		for asn := uint32(1); asn <= 6; asn++ {
			if random(4) > 0 {
				asCode[asn] = codes[random(3)]
				delegations = append(delegations, datasets.Delegation{Registry: "arin", Country: asCode[asn], Type: "asn", Start: fmt.Sprint(asn), Value: 1, Status: "assigned"})
			}
		}
		for at := 0; at < 4096; {
			size := min(1+random(700), 4096-at)
			if random(4) > 0 {
				code := codes[random(3)]
				delegations = append(delegations, datasets.Delegation{Registry: "arin", Country: code, Type: "ipv4", Start: fmt.Sprintf("10.0.%d.%d", at/256, at%256), Value: int64(size), Status: "allocated"})
				for i := range size {
					spaceCode[at+i] = code
				}
			}
			at += size
		}
		var table []datasets.RouteState
		for range 30 {
			bits := 20 + random(9)
			first := random(4096) &^ (1<<(32-bits) - 1)
			row := stateOf(fmt.Sprintf("10.0.%d.%d/%d", first/256, first%256, bits), uint32(1+random(6)), states[random(4)])
			if !slices.ContainsFunc(table, func(r datasets.RouteState) bool { return r.Prefix == row.Prefix && r.OriginASN == row.OriginASN }) {
				table = append(table, row)
			}
		}
		slices.SortFunc(table, func(a, b datasets.RouteState) int {
			return netaddr.ComparePrefixes(netip.MustParsePrefix(a.Prefix), netip.MustParsePrefix(b.Prefix))
		})
		want := map[string]float64{}
		for i := range 4096 {
			address := netip.AddrFrom4([4]byte{10, 0, byte(i / 256), byte(i % 256)})
			longest := -1
			var best []datasets.RouteState
			for _, r := range table {
				p := netip.MustParsePrefix(r.Prefix)
				if p.Contains(address) && p.Bits() >= longest {
					if p.Bits() > longest {
						best = nil
					}
					longest, best = p.Bits(), append(best, r)
				}
			}
			byCode := map[string][]string{}
			for _, r := range best {
				byCode["as "+orUnknown(asCode[r.OriginASN])] = append(byCode["as "+orUnknown(asCode[r.OriginASN])], r.ROVState)
				byCode["space "+orUnknown(spaceCode[i])] = append(byCode["space "+orUnknown(spaceCode[i])], r.ROVState)
			}
			for code, all := range byCode {
				for _, state := range []string{"valid", "not-found", "unknown", "invalid-origin"} {
					if slices.Contains(all, state) {
						want[code+" "+state]++
						break
					}
				}
			}
		}
		stats, _ := countryFixture(t, table, delegations)
		got := map[string]float64{}
		for _, r := range stats {
			for state, n := range map[string]float64{"valid": r.ValidSpan, "invalid-origin": r.InvalidSpan, "not-found": r.NotFoundSpan, "unknown": r.UnknownSpan} {
				if n > 0 {
					got[r.Registration+" "+r.Country+" "+state] = n
				}
			}
			if sum := r.ValidSpan + r.InvalidSpan + r.NotFoundSpan + r.UnknownSpan; sum != r.Span {
				t.Errorf("seed %d: the states of %s add up to %g of %g", seed, r.Country, sum, r.Span)
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("seed %d: got %v, want %v", seed, got, want)
		}
	}
}

func orUnknown(code string) string {
	if code == "" {
		return "unknown"
	}
	return code
}
