package operator

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// TestPrefixLikeTwin holds what prefix says of covering and more specific routes to a loop over all routes.
func TestPrefixLikeTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	store := &table.Store{Dir: t.TempDir()}
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	var rows []datasets.RouteState
	var all []netip.Prefix
	for i := range 3000 {
		var p netip.Prefix
		if i%2 == 0 {
			p = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(random.IntN(3)), byte(random.IntN(4)), byte(random.IntN(256))}), random.IntN(33)).Masked()
		} else {
			// Few groups that differ, and many of zero: what :: hides moves.
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
	into := store.Begin(table.Input{Name: "x"})
	w, err := datasets.RouteStates.Create(into, table.Key{Day: at, Name: "x"})
	if err != nil {
		t.Fatal(err)
	}
	w.See(len(rows))
	w.Keep(len(rows))
	if err := w.Append(rows...); err != nil {
		t.Fatal(err)
	}
	if _, err := into.Commit(); err != nil {
		t.Fatal(err)
	}
	view, err := Open(context.Background(), store, at.AddDate(0, 5, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	text := func(routes []Route) (of []string) {
		for _, r := range routes {
			of = append(of, r.Prefix)
		}
		slices.Sort(of)
		return of
	}
	for range 60 {
		p := all[random.IntN(len(all))]
		s, err := view.Prefix(p, 0)
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
		if got := text(s.Covering); !slices.Equal(got, covering) {
			t.Errorf("%s is covered by %v, want %v", p, got, covering)
		}
		if s.Specifics != len(inside) || len(inside) <= mostSpecifics && !slices.Equal(text(s.MoreSpecific), inside) {
			t.Errorf("%s covers %d, want %d", p, s.Specifics, len(inside))
		}
		if !s.Announced || len(s.History) != 1 {
			t.Errorf("%s: %+v", p, s)
		}
	}
	newest, err := Open(context.Background(), store, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	defer newest.Close()
	if newest.Time.Before(view.Time) {
		t.Errorf("the newest dumps are of %s, before %s", newest.Time, view.Time)
	}
	if _, err := Open(context.Background(), store, at.AddDate(-1, 0, 0)); err != ErrNoStates {
		t.Errorf("before the first dump: %v", err)
	}
}
