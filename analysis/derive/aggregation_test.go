package derive

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"tidemark/collectors/realdata"
	"tidemark/collectors/routes"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// slowAggregate takes prefixes away and joins halves until nothing changes.
func slowAggregate(prefixes []netip.Prefix) []netip.Prefix {
	set := map[netip.Prefix]bool{}
	for _, p := range prefixes {
		set[p] = true
	}
	for changed := true; changed; {
		changed = false
		for p := range set {
			for q := range set {
				if p != q && q.Bits() <= p.Bits() && q.Contains(p.Addr()) {
					delete(set, p)
					changed = true
					break
				}
			}
		}
		for p := range set {
			if p.Bits() == 0 {
				continue
			}
			whole := netip.PrefixFrom(p.Addr(), p.Bits()-1).Masked()
			for q := range set {
				if q != p && q.Bits() == p.Bits() && whole.Contains(q.Addr()) {
					delete(set, p)
					delete(set, q)
					set[whole] = true
					changed = true
					break
				}
			}
		}
	}
	var all []netip.Prefix
	for p := range set {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	return all
}

func TestAggregateLikeTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for round := range 3000 {
		var prefixes []netip.Prefix
		for range random.IntN(40) {
			if round%2 == 0 {
				prefixes = append(prefixes, netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(random.IntN(2) * 128), byte(random.IntN(4)), byte(random.IntN(256)), 0}), random.IntN(25)).Masked())
			} else {
				prefixes = append(prefixes, netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, byte(random.IntN(2)), byte(random.IntN(8)), 0, byte(random.IntN(4))}), random.IntN(49)).Masked())
			}
		}
		want := slowAggregate(prefixes)
		if got := aggregate(slices.Clone(prefixes)); !slices.Equal(got, want) {
			t.Fatalf("%v\n got %v\nwant %v", prefixes, got, want)
		}
	}
}

// TestRealAggregation aggregates a real table as a whole and by the slow twin for each of its origins.
func TestRealAggregation(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	decode(t, store, routes.New(), realdata.Path(t, "mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2"), time.Time{})
	if _, err := Run(context.Background(), store, []Derivation{Aggregation}); err != nil {
		t.Fatal(err)
	}
	m, err := store.Manifests(datasets.Aggregations.Schema)
	if err != nil || len(m) != 1 {
		t.Fatal(len(m), err)
	}
	byOrigin := map[originOf][]netip.Prefix{}
	r, err := store.Manifests(datasets.Routes.Schema)
	if err != nil {
		t.Fatal(err)
	}
	for row, err := range datasets.Routes.Scan(store.Path(r[0])) {
		if err != nil {
			t.Fatal(err)
		}
		if row.LeftOut == "" && row.OriginASN > 0 {
			o := originOf{row.Family, row.OriginASN}
			byOrigin[o] = append(byOrigin[o], netip.MustParsePrefix(row.Prefix))
		}
	}
	checked := 0
	for row, err := range datasets.Aggregations.Scan(store.Path(m[0])) {
		if err != nil {
			t.Fatal(err)
		}
		all := byOrigin[originOf{row.Family, row.OriginASN}]
		if row.OriginASN == 0 {
			if row.Reduction != row.Announced-row.Aggregated || row.Family == 4 && (row.Announced < 400_000 || row.Aggregated > row.Announced*7/10) {
				t.Errorf("the whole table: %+v", row)
			}
			continue
		}
		if len(all) > 60 {
			continue // too slow for the twin
		}
		checked++
		if want := len(slowAggregate(all)); int64(want) != row.Aggregated || int64(len(all)) != row.Announced {
			t.Errorf("AS%d: %d of %d, want %d of %d", row.OriginASN, row.Aggregated, row.Announced, want, len(all))
		}
	}
	if checked < 5000 {
		t.Errorf("only %d origins were checked", checked)
	}
}
