package operator

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
	"tidemark/internal/testkit/tables"
)

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
		rows = append(rows, datasets.RouteState{Time: at, Family: netaddr.Family(p.Addr()), Prefix: p.String(), PrefixLength: uint32(p.Bits()), OriginASN: 64496,
			Verdict: "global", ROVState: "valid", BogonClass: "none"})
	}
	tables.Commit(t, store, datasets.RouteStates, table.Key{Day: at, Name: "x"}, rows...)
	view, err := Open(t.Context(), store, at.AddDate(0, 5, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
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
	newest, err := Open(t.Context(), store, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	defer newest.Close()
	if newest.Time.Before(view.Time) {
		t.Errorf("the newest dumps are of %s, before %s", newest.Time, view.Time)
	}
	if _, err := Open(t.Context(), store, at.AddDate(-1, 0, 0)); !errors.Is(err, ErrNoStates) {
		t.Errorf("before the first dump: error %v, want %v", err, ErrNoStates)
	}
}
