package routes

import (
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// randomPrefixes are distinct, sorted, and often inside each other.
func randomPrefixes(r *rand.Rand, n int) (all []netip.Prefix) {
	for range n {
		var p netip.Prefix
		if r.IntN(2) == 0 {
			p = netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(r.IntN(2)), byte(r.IntN(4)), byte(r.IntN(256)), 0}), r.IntN(33))
		} else {
			p = netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, byte(r.IntN(2)), byte(r.IntN(4)), byte(r.IntN(256))}), r.IntN(65))
		}
		all = append(all, p.Masked())
	}
	slices.SortFunc(all, netaddr.ComparePrefixes)
	return slices.Compact(all)
}

// TestCovering compares with the slow, obvious way: every prefix against every other.
func TestCovering(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		prefixes := randomPrefixes(r, 60)
		var open covers
		for i, p := range prefixes {
			got := open.next(p)
			var want netip.Prefix
			for j, q := range prefixes {
				if i != j && leftOut(p) == "" && leftOut(q) == "" && q.Bits() < p.Bits() && q.Contains(p.Addr()) &&
					(!want.IsValid() || q.Bits() > want.Bits()) {
					want = q
				}
			}
			if got != want {
				t.Fatalf("%v is covered by %v, want %v, in %v", p, got, want, prefixes)
			}
		}
	}
}

// tableOf is the table of one peer, with the prefixes in the given order and empty paths.
func tableOf(prefixes []netip.Prefix) *rib {
	r := newRIB()
	r.peers = make([]mrt.Peer, 1)
	var tally table.Tally
	for _, p := range prefixes {
		afi := bgp.IPv4
		if p.Addr().Is6() {
			afi = bgp.IPv6
		}
		r.add(&mrt.Entry{Family: bgp.Family{AFI: afi, SAFI: bgp.Unicast}, Prefix: p, Form: bgp.Form{ASSize: 4, RIB: true}}, &tally)
	}
	r.end()
	r.sort()
	return r
}

// TestSpan compares the span of root prefixes with a count of the smallest blocks.
func TestSpan(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		prefixes := slices.DeleteFunc(randomPrefixes(r, 40), func(p netip.Prefix) bool { return !p.Addr().Is4() || leftOut(p) != "" || p.Bits() < 12 })
		rib := tableOf(prefixes)
		blocks := map[netip.Prefix]bool{} // /24s
		for _, p := range prefixes {
			a := p.Addr().As4()
			for n := range 1 << (24 - p.Bits()) {
				at := uint32(a[0])<<16 | uint32(a[1])<<8 | uint32(a[2])
				at += uint32(n)
				blocks[netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(at >> 16), byte(at >> 8), byte(at), 0}), 24)] = true
			}
		}
		s, _ := rib.vantages(4)
		if want := float64(len(blocks)) * 256; s.span != want {
			t.Fatalf("span %v, want %v, of %v", s.span, want, prefixes)
		}
		if s.root+s.more != s.prefixes || s.prefixes != len(prefixes) {
			t.Fatalf("%d root and %d more specific of %d prefixes, want %d", s.root, s.more, s.prefixes, len(prefixes))
		}
	}
}

// TestPublishedFigures checks the arithmetic of spans against figures that others published.
func TestPublishedFigures(t *testing.T) {
	const span, entries, specifics = 685_342_976_902_689.0, 222_878.0, 127_892.0
	for _, c := range []struct{ got, want float64 }{
		{100 * specifics / entries, 57.3821}, {64 - math.Log2(span), 14.7162}, {64 - math.Log2(span/entries), 32.4821},
		{spanOf(netip.MustParsePrefix("10.0.0.0/8")), 1 << 24}, {spanOf(netip.MustParsePrefix("2001:db8::/32")), 1 << 32},
		{spanOf(netip.MustParsePrefix("2001:db8::/96")), 1.0 / (1 << 32)},
	} {
		if math.Abs(c.got-c.want) > 0.00005 {
			t.Errorf("%v, want %v", c.got, c.want)
		}
	}
}

// TestMetricsAreDefined holds the list of definitions to what is written.
func TestMetricsAreDefined(t *testing.T) {
	written := map[string]bool{"peers": true, "full_feed_peers": true, "as_links": true, "ases_by_degree": true} // these need paths
	stats, each := tableOf([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/30")}).vantages(4)
	stats.measure(each[0])
	for _, row := range append(stats.rows(datasets.TableStat{}), each[0].rows(datasets.TableStat{})...) {
		written[row.Metric] = true
	}
	for _, m := range datasets.Metrics {
		if !written[m.Name] {
			t.Errorf("metric %s is defined and never written", m.Name)
		}
		delete(written, m.Name)
	}
	for name := range written {
		t.Errorf("metric %s is written and not defined", name)
	}
}

func TestPercentiles(t *testing.T) {
	var h histogram
	for _, n := range []uint32{1, 2, 2, 3, 3, 3, 3, 4, 4, 9} {
		h.add(n)
	}
	if h.mean() != 3.4 || h.percentile(0.5) != 3 || h.percentile(0.9) != 4 || h.percentile(1) != 9 {
		t.Error(h.mean(), h.percentile(0.5), h.percentile(0.9), h.percentile(1))
	}
}

// TestFullFeed is the rule of coverage: a leak of many prefixes of its own makes no peer full.
func TestFullFeed(t *testing.T) {
	r := newRIB()
	r.peers = make([]mrt.Peer, 4)
	var tally table.Tally
	add := func(peer, from, to int) {
		for i := from; i < to; i++ {
			prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i / 256), byte(i), 0}), 24)
			r.add(&mrt.Entry{Family: bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast}, Prefix: prefix, Peer: peer, Form: bgp.Form{ASSize: 4, RIB: true}}, &tally)
		}
	}
	add(0, 0, 100)
	add(1, 0, 95)
	add(2, 100, 180)
	add(3, 0, 50)
	r.end()
	r.sort()
	feeds := r.feeds()
	for p, want := range []bool{true, true, false, false} {
		if feeds[p].full4 != want {
			t.Errorf("peer %d: full %v, want %v", p, feeds[p].full4, want)
		}
	}
}
