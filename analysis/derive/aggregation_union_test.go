package derive

import (
	"bufio"
	"net/netip"
	"slices"
	"testing"

	"tidemark/internal/testkit"
)

// halves appends the largest blocks that the prefixes, all within block, fill. No smaller set of prefixes has the same union
// of addresses, and no other set of that size has it.
func halves(filled []netip.Prefix, block netip.Prefix, prefixes []netip.Prefix) []netip.Prefix {
	if len(prefixes) < 2 {
		return append(filled, prefixes...)
	}
	if slices.Contains(prefixes, block) {
		return append(filled, block)
	}
	lower := netip.PrefixFrom(block.Addr(), block.Bits()+1)
	var halfs [2][]netip.Prefix
	upper := block
	for _, p := range prefixes {
		if lower.Contains(p.Addr()) {
			halfs[0] = append(halfs[0], p)
		} else {
			upper = netip.PrefixFrom(p.Addr(), lower.Bits()).Masked()
			halfs[1] = append(halfs[1], p)
		}
	}
	n := len(filled)
	filled = halves(halves(filled, lower, halfs[0]), upper, halfs[1])
	if slices.Equal(filled[n:], []netip.Prefix{lower, upper}) {
		return append(filled[:n], block)
	}
	return filled
}

// TestAggregateLikeHalves: of real tables the very prefixes are those of the twin, not only their number.
func TestAggregateLikeHalves(t *testing.T) {
	t.Parallel()
	check := func(table string, byOrigin map[originOf][]netip.Prefix) {
		before, after, wrong := 0, 0, 0
		for of, prefixes := range byOrigin {
			whole := netip.MustParsePrefix("0.0.0.0/0")
			if of.family == 6 {
				whole = netip.MustParsePrefix("::/0")
			}
			want := halves(nil, whole, prefixes)
			got := aggregate(slices.Clone(prefixes))
			before, after = before+len(prefixes), after+len(want)
			if !slices.Equal(got, want) {
				if wrong++; wrong < 5 {
					t.Errorf("%s, AS%d: %d prefixes become %d, want %d or others", table, of.asn, len(prefixes), len(got), len(want))
				}
			}
		}
		t.Logf("%s: %d prefixes of %d origins become %d", table, before, len(byOrigin), after)
	}
	family := func(p netip.Prefix) uint32 {
		if p.Addr().Is4() {
			return 4
		}
		return 6
	}
	all := map[originOf][]netip.Prefix{}
	lines := bufio.NewScanner(unpack(t, testkit.Data(t, "asn/bart-prefixes.txt.gz")))
	for lines.Scan() {
		p := netip.MustParsePrefix(lines.Text())
		of := originOf{family: family(p)}
		all[of] = append(all[of], p)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	check("bart", all)
	for _, name := range []string{"RouteViewIPv4.pfx2as.gz", "RouteViewIPv6.pfx2as.gz"} {
		byOrigin := map[originOf][]netip.Prefix{}
		for _, p := range pfx2as(t, name) {
			of := originOf{family(p.prefix), p.origin}
			byOrigin[of] = append(byOrigin[of], p.prefix)
		}
		check(name, byOrigin)
	}
}
