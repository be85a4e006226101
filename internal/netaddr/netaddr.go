// Package netaddr adds to net/netip what tables of routes need.
package netaddr

import (
	"cmp"
	"net/netip"
)

// Family returns the address family as datasets write it: 4 or 6. An IPv4 address mapped into IPv6 is of family 6.
func Family(a netip.Addr) uint32 {
	if a.Is4() {
		return 4
	}
	return 6
}

// ComparePrefixes orders prefixes by family, address and length. Of masked prefixes this is the order of
// netip.Prefix.Compare, which masks both again and takes longer in sorts of a million.
func ComparePrefixes(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}
