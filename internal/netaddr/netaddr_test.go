package netaddr

import (
	"net/netip"
	"slices"
	"testing"
)

func TestFamily(t *testing.T) {
	for address, want := range map[string]uint32{"192.0.2.1": 4, "2001:db8::1": 6, "::ffff:192.0.2.1": 6} {
		if got := Family(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %d, want %d", address, got, want)
		}
	}
}

func TestComparePrefixes(t *testing.T) {
	want := []string{"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "192.0.2.0/24", "::/0", "2001:db8::/32", "2001:db8::/48", "2001:db8:1::/48"}
	var got []netip.Prefix
	for _, text := range want {
		got = append(got, netip.MustParsePrefix(text))
	}
	slices.Reverse(got)
	slices.SortFunc(got, ComparePrefixes)
	for i, p := range got {
		if p.String() != want[i] {
			t.Errorf("place %d: %s, want %s", i, p, want[i])
		}
	}
	for _, a := range got {
		for _, b := range got {
			if x, y := ComparePrefixes(a, b), a.Compare(b); x != y {
				t.Errorf("%s and %s: %d, netip says %d", a, b, x, y)
			}
		}
	}
}
