package operator

import (
	"errors"
	"math/rand/v2"
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

// opened returns a view of a store whose routes are those of route_states, at a time as Open has it.
func opened(t *testing.T, store *table.Store, at time.Time) *View {
	t.Helper()
	if _, err := derive.Run(t.Context(), store, []derive.Derivation{derive.RouteCounts}); err != nil {
		t.Fatal(err)
	}
	view, err := Open(t.Context(), store, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { view.Close() })
	return view
}

// TestPrefixLikeTwin compares the covering and more specific routes of a prefix with those that a loop over all routes finds.
func TestPrefixLikeTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	store := tables.Store(t)
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	var rows []datasets.RouteState
	var all []netip.Prefix
	for i := range 3000 {
		var p netip.Prefix
		if i%2 == 0 {
			p = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(random.IntN(3)), byte(random.IntN(4)), byte(random.IntN(256))}), random.IntN(33)).Masked()
		} else {
			// Few groups differ and many are zero, so that :: hides another run of groups in each.
			b := [16]byte{0x20, 1, 0x0d, 0xb8}
			b[5], b[7], b[9], b[15] = byte(random.IntN(2)), byte(random.IntN(2)), byte(random.IntN(2)), byte(random.IntN(2))
			if random.IntN(4) == 0 {
				b[0], b[1], b[2], b[3] = 0, 0, 0, 0
			}
			p = netip.PrefixFrom(netip.AddrFrom16(b), random.IntN(129)).Masked()
		}
		if slices.Contains(all, p) {
			continue
		}
		all = append(all, p)
		rows = append(rows, datasets.RouteState{Time: at, Collectors: "rrc00", Family: netaddr.Family(p.Addr()), Prefix: p.String(), PrefixLength: uint32(p.Bits()), OriginASN: 64496,
			Verdict: "global", ROVState: "valid", BogonClass: "none"})
	}
	tables.Commit(t, store, datasets.RouteStates, table.Key{Day: at, Name: "x"}, rows...)
	view := opened(t, store, at.AddDate(0, 5, 0))
	prefixes := func(routes []Route) (sorted []string) {
		for _, r := range routes {
			sorted = append(sorted, r.Prefix)
		}
		slices.Sort(sorted)
		return sorted
	}
	for range 60 {
		p := all[random.IntN(len(all))]
		s, err := view.Prefix(t.Context(), p, 0)
		if err != nil {
			t.Fatal(err)
		}
		var covering, inside []string
		for _, q := range all {
			switch {
			case q.Addr().Is4() != p.Addr().Is4():
			case q.Bits() < p.Bits() && q.Contains(p.Addr()):
				covering = append(covering, q.String())
			case q.Bits() > p.Bits() && p.Contains(q.Addr()):
				inside = append(inside, q.String())
			}
		}
		slices.Sort(covering)
		slices.Sort(inside)
		if got := prefixes(s.Covering); !slices.Equal(got, covering) {
			t.Errorf("%s is covered by %v, want %v", p, got, covering)
		}
		if s.Specifics != len(inside) {
			t.Errorf("%s covers %d prefixes, want %d", p, s.Specifics, len(inside))
		}
		if got := prefixes(s.MoreSpecific); len(inside) <= maxMoreSpecific && !slices.Equal(got, inside) {
			t.Errorf("%s covers %v, want %v", p, got, inside)
		}
		if !s.Announced {
			t.Errorf("%s is not announced", p)
		}
		if len(s.History) != 1 {
			t.Errorf("%s has a history of %d, want 1", p, len(s.History))
		}
	}
	newest := opened(t, store, time.Time{})
	if newest.Time.Before(view.Time) {
		t.Errorf("the newest dumps are of %s, before %s", newest.Time, view.Time)
	}
	if _, err := Open(t.Context(), store, at.AddDate(-1, 0, 0)); !errors.Is(err, ErrNoStates) {
		t.Errorf("before the first dump: error %v, want %v", err, ErrNoStates)
	}
}

// TestUnknownFamily: of a family without routes in the dumps of an hour nothing is known, not even that there are none; a prefix that hours
// with routes of its family do not show was not in their dumps.
func TestUnknownFamily(t *testing.T) {
	store := tables.Store(t)
	first := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i, c := range []struct{ collectors, prefixes string }{
		{"rrc00", "198.51.100.0/24"}, // before the AS is seen
		{"rrc00", "198.51.100.0/24 192.0.2.0/24 2001:db8::/32"},
		{"rrc00", "192.0.2.0/24"}, // no IPv6
		{"rrc00,rrc01", "198.51.100.0/24 2001:db8:1::/48"},
		{"rrc01", "198.51.100.0/24 2001:db8:1::/48"},
		{"route-views2", "192.0.2.0/24"},
	} {
		at := first.AddDate(0, 0, i)
		var rows []datasets.RouteState
		for _, text := range strings.Fields(c.prefixes) {
			p := netip.MustParsePrefix(text)
			row := datasets.RouteState{Time: at, Collectors: c.collectors, Family: netaddr.Family(p.Addr()), Prefix: text, PrefixLength: uint32(p.Bits()), OriginASN: 64496, Verdict: "unknown", ROVState: "unknown", BogonClass: "none"}
			if text == "198.51.100.0/24" || text == "2001:db8:1::/48" {
				row.OriginASN = 64511
			}
			rows = append(rows, row)
		}
		tables.Commit(t, store, datasets.RouteStates, table.Key{Day: at, Name: "x"}, rows...)
	}
	view := opened(t, store, time.Time{})
	as, err := view.AS(t.Context(), 64496)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range as.History {
		got = append(got, c.Time[:10]+": "+c.What()+" by "+Few(c.Collectors()))
	}
	want := []string{"2020-01-02: 1 IPv4 and 1 IPv6 prefixes by rrc00", "2020-01-03: 1 IPv4 prefix (the dumps have none of IPv6) by rrc00", "2020-01-04: 0 IPv4 and 0 IPv6 prefixes by rrc00, rrc01",
		"2020-01-05: 0 IPv4 and 0 IPv6 prefixes by rrc01", "2020-01-06: 1 IPv4 prefix (the dumps have none of IPv6) by route-views2"}
	if !slices.Equal(got, want) {
		t.Errorf("history of the AS:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if as.IPv6 != nil || len(as.Families) != 1 || as.Prefixes() != "1 IPv4 prefix (the dumps have none of IPv6)" {
		t.Errorf("the AS originates %s, in %d families", as.Prefixes(), len(as.Families))
	}
	for text, want := range map[string]string{
		"192.0.2.0/24":  "2020-01-02 64496 verdict unknown, ROV unknown; 2020-01-03 64496 verdict unknown, ROV unknown; 2020-01-04  not in the dumps; 2020-01-06 64496 verdict unknown, ROV unknown",
		"2001:db8::/32": "2020-01-02 64496 verdict unknown, ROV unknown; 2020-01-04  not in the dumps",
	} {
		p, err := view.Prefix(t.Context(), netip.MustParsePrefix(text), 0)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range p.History {
			got = append(got, s.Time[:10]+" "+s.Origin+" "+s.What)
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("history of %s: %s, want %s", text, strings.Join(got, "; "), want)
		}
		unknown := slices.ContainsFunc(p.Checks, func(c Check) bool {
			return c.State == stateUnknown && c.Item == itemAnnouncement && strings.Contains(c.Text, "no IPv6 routes")
		})
		if is6 := strings.Contains(text, ":"); unknown != is6 || (p.Collectors == "") != is6 {
			t.Errorf("%s: announced %v by %q, checks %v", text, p.Announced, p.Collectors, p.Checks)
		}
	}
}
