package routes

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"tidemark/internal/netaddr"
)

// TestCoversLikeTwin walks over small tables, dense enough that most prefixes lie in another; the twin tries every pair. Both
// families are in one walk, as in a dump, and prefixes that the filter leaves out lie between those that stay.
func TestCoversLikeTwin(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 6))
	some := func(n int) byte { return byte(random.IntN(n)) }
	covered, leftOut := 0, 0
	for range 3000 {
		all := map[netip.Prefix]bool{}
		for range random.IntN(50) {
			address, longest := netip.AddrFrom4([4]byte{10 + some(2), some(2) * 128, some(4) * 64, some(256)}), 32
			if some(3) == 0 {
				address, longest = netip.AddrFrom16([16]byte{0x20 + some(2), 1, some(2) * 128, 0, some(4) * 64, some(2), some(2)}), 56
			}
			all[netip.PrefixFrom(address, random.IntN(longest+1)).Masked()] = true
		}
		var sorted []netip.Prefix
		for p := range all {
			sorted = append(sorted, p)
		}
		slices.SortFunc(sorted, netaddr.ComparePrefixes)
		var open covers
		for _, p := range sorted {
			want := netip.Prefix{}
			if slowFilter(p) == "" {
				want = slowCover(p, all)
			} else {
				leftOut++
			}
			if got := open.next(p); got != want {
				t.Fatalf("%s is covered by %s, want %s, in %v", p, got, want, sorted)
			}
			if want.IsValid() {
				covered++
			}
		}
	}
	if covered < 10_000 || leftOut < 10_000 {
		t.Errorf("only %d prefixes are covered, %d left out", covered, leftOut)
	}
}
