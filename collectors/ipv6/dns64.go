package ipv6

import (
	"net/netip"
	"slices"

	"tidemark/collectors/ipv6/nat64"
)

// throughDNS64 reports whether the resolver synthesized an AAAA: the address lies in a prefix of its DNS64 and embeds one of
// the host's IPv4 addresses, or those are not known.
func throughDNS64(a netip.Addr, prefixes []netip.Prefix, v4 *answer) bool {
	for _, p := range prefixes {
		embedded, err := nat64.Extract(p, a)
		if err == nil && (v4 == nil || len(v4.addresses) == 0 || slices.Contains(v4.addresses, embedded)) {
			return true
		}
	}
	return false
}

// embeddedIPv4 returns the IPv4 address embedded in an address by its format, or "".
func embeddedIPv4(a netip.Addr) string {
	if e, ok := nat64.Find(a); ok {
		return e.IPv4.String()
	}
	return ""
}
