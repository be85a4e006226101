package derive

import (
	"context"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"tidemark/collectors/routes"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
	"tidemark/internal/testkit"
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

// aggregate gives the fewest prefixes that cover the same addresses.
func aggregate(prefixes []netip.Prefix) []netip.Prefix {
	slices.SortFunc(prefixes, netaddr.ComparePrefixes)
	var kept aggregator
	for _, p := range prefixes {
		kept.add(p)
	}
	return kept
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

// TestRealAggregation aggregates a real table as a whole and by the twin for each of its origins.
func TestRealAggregation(t *testing.T) {
	t.Parallel()
	store := &table.Store{Dir: t.TempDir()}
	decode(t, store, routes.MRT{}, testkit.Data(t, "mrt/libbgpstream/routeviews.route-views.jinx.ribs.1401487200.bz2"), time.Time{})
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
	whole := map[uint32]netip.Prefix{4: netip.MustParsePrefix("0.0.0.0/0"), 6: netip.MustParsePrefix("::/0")}
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
		checked++
		if want := len(halves(nil, whole[row.Family], all)); int64(want) != row.Aggregated || int64(len(all)) != row.Announced {
			t.Errorf("AS%d: %d of %d, want %d of %d", row.OriginASN, row.Aggregated, row.Announced, want, len(all))
		}
	}
	if checked < 5000 {
		t.Errorf("only %d origins were checked", checked)
	}
}

// TestAggregationByVantage: the total of a vantage is what its own prefixes give, origin by origin.
func TestAggregationByVantage(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 12))
	for range 20 {
		store := &table.Store{Dir: t.TempDir()}
		peers := make([]datasets.Peer, 70) // over one word of bits
		for i := range peers {
			peers[i] = datasets.Peer{Collector: "c", DumpTime: on(2020), PeerIndex: uint32(i), Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}).String(), ASN: uint32(100 + i), IPv4FullFeed: i%3 > 0}
		}
		var all []datasets.Route
		of := map[uint32]map[uint32][]netip.Prefix{} // by vantage and origin
		var prefixes []netip.Prefix
		for i := range 64 {
			prefixes = append(prefixes, netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i), 0}), 24-random.IntN(2)).Masked())
		}
		slices.SortFunc(prefixes, netaddr.ComparePrefixes)
		for _, p := range slices.Compact(prefixes) {
			r := datasets.Route{Collector: "c", DumpTime: on(2020), Family: 4, Prefix: p.String(), PrefixLength: uint32(p.Bits()), OriginASN: uint32(1 + random.IntN(3))}
			for v := range peers {
				if random.IntN(30) > 0 {
					r.SeenBy = append(r.SeenBy, uint32(v))
					if of[uint32(v)] == nil {
						of[uint32(v)] = map[uint32][]netip.Prefix{}
					}
					of[uint32(v)][r.OriginASN] = append(of[uint32(v)][r.OriginASN], p)
				}
			}
			all = append(all, r)
		}
		put(t, store, on(2020), "dump", func(into *table.Commit, key table.Key) error {
			if err := rows(datasets.Routes, into, key, all); err != nil {
				return err
			}
			return rows(datasets.Peers, into, key, peers)
		})
		if _, err := Run(context.Background(), store, []Derivation{Aggregation}); err != nil {
			t.Fatal(err)
		}
		m, err := store.Manifests(datasets.Aggregations.Schema)
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for row, err := range datasets.Aggregations.Scan(store.Path(m[0])) {
			if err != nil {
				t.Fatal(err)
			}
			if row.Vantage == "" {
				continue
			}
			seen++
			announced, aggregated := 0, 0
			for _, prefixes := range of[row.VantageASN-100] {
				announced += len(prefixes)
				aggregated += len(slowAggregate(prefixes))
			}
			if row.Announced != int64(announced) || row.Aggregated != int64(aggregated) {
				t.Errorf("%s: %d of %d, want %d of %d", row.Vantage, row.Aggregated, row.Announced, aggregated, announced)
			}
		}
		if seen != 46 {
			t.Errorf("%d vantages", seen)
		}
	}
}
