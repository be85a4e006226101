package derive

import (
	"bufio"
	"net/netip"
	"strings"
	"testing"

	"tidemark/collectors/realdata"
)

// trie is a slow twin of maximum aggregation: a node is covered when a prefix ends there or both halves are.
type trie struct {
	half    [2]*trie
	covered bool
}

func (n *trie) insert(p netip.Prefix) {
	a := p.Addr().AsSlice()
	for i := range p.Bits() {
		bit := a[i/8] >> (7 - i%8) & 1
		if n.half[bit] == nil {
			n.half[bit] = &trie{}
		}
		n = n.half[bit]
	}
	n.covered = true
}

// count is how many prefixes cover what lies below, once cover has gone through.
func (n *trie) count() int {
	switch {
	case n == nil:
		return 0
	case n.covered:
		return 1
	}
	return n.half[0].count() + n.half[1].count()
}

// cover marks the nodes whose halves are both covered.
func (n *trie) cover() bool {
	if n == nil {
		return false
	}
	lower, upper := n.half[0].cover(), n.half[1].cover()
	n.covered = n.covered || lower && upper
	return n.covered
}

// TestRealAggregationLikeTrie aggregates the whole bart table as if one AS announced it, and pfx2as by origin.
func TestRealAggregationLikeTrie(t *testing.T) {
	compare := func(name string, prefixes []netip.Prefix) (announced, left int) {
		tries := map[int]*trie{}
		for _, p := range prefixes {
			if tries[p.Addr().BitLen()] == nil {
				tries[p.Addr().BitLen()] = &trie{}
			}
			tries[p.Addr().BitLen()].insert(p)
		}
		want := 0
		for _, root := range tries {
			root.cover()
			want += root.count()
		}
		got := len(aggregate(prefixes))
		if got != want {
			t.Errorf("%s: %d prefixes become %d, want %d", name, len(prefixes), got, want)
		}
		return len(prefixes), got
	}
	var all []netip.Prefix
	lines := bufio.NewScanner(unpack(t, realdata.Path(t, "asn/bart-prefixes.txt.gz")))
	for lines.Scan() {
		all = append(all, netip.MustParsePrefix(strings.TrimSpace(lines.Text())))
	}
	n, left := compare("bart", all)
	t.Logf("bart: %d prefixes become %d", n, left)
	for _, name := range []string{"RouteViewIPv4.pfx2as.gz", "RouteViewIPv6.pfx2as.gz"} {
		byOrigin := map[uint32][]netip.Prefix{}
		for _, p := range pfx2as(t, name) {
			byOrigin[p.origin] = append(byOrigin[p.origin], p.prefix)
		}
		announced, aggregated := 0, 0
		for origin, prefixes := range byOrigin {
			if origin > 0 {
				n, left := compare(name, prefixes)
				announced, aggregated = announced+n, aggregated+left
			}
		}
		t.Logf("%s: %d routes of %d origins become %d", name, announced, len(byOrigin), aggregated)
	}
}
