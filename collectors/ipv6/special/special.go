// Package special holds the one table of blocks that an RFC reserves: the probe connects to nothing in them, a verdict
// counts no address in them as a public one, and the checks of a connection name them.
package special

import "net/netip"

// blocks are the reserved blocks; the first that contains an address gives its class. What IANA's registry said on a day
// comes on top where rows are derived.
var blocks = func() (all []block) {
	for _, s := range [][2]string{
		{"::/128", "unspecified"}, {"::1/128", "loopback"}, // RFC 4291
		{"::ffff:0:0/96", "v4-mapped"}, {"::/96", "v4-compatible"},
		{"64:ff9b::/96", "nat64"}, {"64:ff9b:1::/48", "nat64-local"}, // RFC 6052, 8215
		{"100::/64", "discard"}, {"100:0:0:1::/64", "dummy"}, // RFC 6666, 9780
		{"2001::/32", "teredo"}, {"2002::/16", "6to4"}, // RFC 4380, 3056
		{"2001:2::/48", "benchmarking"},                        // RFC 5180
		{"2001:10::/28", "orchid"}, {"2001:20::/28", "orchid"}, // RFC 4843, 7343
		{"2001:db8::/32", "documentation"}, {"3fff::/20", "documentation"}, // RFC 3849, 9637
		{"5f00::/16", "segment-routing"},                                                                                  // RFC 9602
		{"fc00::/7", "unique-local"}, {"fe80::/10", "link-local"}, {"fec0::/10", "site-local"}, {"ff00::/8", "multicast"}, // RFC 4193, 4291, 3879
		{"0.0.0.0/8", "this-network"}, {"10.0.0.0/8", "private"}, {"172.16.0.0/12", "private"}, {"192.168.0.0/16", "private"}, // RFC 1122, 1918
		{"100.64.0.0/10", "shared"}, {"127.0.0.0/8", "loopback"}, {"169.254.0.0/16", "link-local"}, // RFC 6598, 1122, 3927
		{"192.0.0.0/29", "464xlat"}, {"192.0.0.0/24", "protocol"}, {"192.0.2.0/24", "documentation"}, {"198.51.100.0/24", "documentation"}, {"203.0.113.0/24", "documentation"}, // RFC 7335, 6890, 5737
		{"198.18.0.0/15", "benchmarking"}, {"224.0.0.0/4", "multicast"}, {"240.0.0.0/4", "reserved"}, // RFC 2544, 1112
	} {
		all = append(all, block{netip.MustParsePrefix(s[0]), s[1]})
	}
	return all
}()

type block struct {
	netip.Prefix
	class string
}

// Class returns the class of special-purpose address that a is by the RFC of its format; empty: it is none.
func Class(a netip.Addr) string {
	a = a.WithZone("") // a prefix contains no address with a zone
	if a.Is4In6() {    // no netip.Prefix contains it
		return "v4-mapped"
	}
	for _, b := range blocks {
		if b.Contains(a) {
			return b.class
		}
	}
	return ""
}
