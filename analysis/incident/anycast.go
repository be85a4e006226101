package incident

import (
	"net/netip"

	"tidemark/internal/netaddr"
)

// rootServers are the addresses in IANA's hints for the root zone (named.root), with the two that B had before. They are announced from
// many places, some by several ASes.
var rootServers = map[string][]string{
	"A": {"198.41.0.4", "2001:503:ba3e::2:30"}, "B": {"170.247.170.2", "2801:1b8:10::b", "199.9.14.201", "192.228.79.201", "2001:500:200::b", "2001:500:84::b"},
	"C": {"192.33.4.12", "2001:500:2::c"}, "D": {"199.7.91.13", "2001:500:2d::d"}, "E": {"192.203.230.10", "2001:500:a8::e"}, "F": {"192.5.5.241", "2001:500:2f::f"},
	"G": {"192.112.36.4", "2001:500:12::d0d"}, "H": {"198.97.190.53", "2001:500:1::53"}, "I": {"192.36.148.17", "2001:7fe::53"}, "J": {"192.58.128.30", "2001:503:c27::2:30"},
	"K": {"193.0.14.129", "2001:7fd::1"}, "L": {"199.7.83.42", "2001:500:9f::42"}, "M": {"202.12.27.33", "2001:dc3::35"},
}

// as112 are the prefixes that any operator may originate from AS 112, for name servers that answer for private addresses.
var as112 = map[netip.Prefix]string{
	netip.MustParsePrefix("192.175.48.0/24"): "RFC 7534", netip.MustParsePrefix("2620:4f:8000::/48"): "RFC 7534",
	netip.MustParsePrefix("192.31.196.0/24"): "RFC 7535", netip.MustParsePrefix("2001:4:112::/48"): "RFC 7535",
}

var rootLetters = func() map[netip.Addr]string {
	letters := map[netip.Addr]string{}
	for letter, addresses := range rootServers {
		for _, a := range addresses {
			letters[netip.MustParseAddr(a)] = letter
		}
	}
	return letters
}()

// Anycast says which service with several origins by design a prefix is known to be for, or "". It knows the root servers, by their
// addresses in prefixes of /22 or /32 and longer, and AS112. There is no public registry of other anycast.
func Anycast(p netip.Prefix) string {
	if rfc := as112[p]; rfc != "" {
		return "AS112, " + rfc
	}
	if shortest := map[uint32]int{4: 22, 6: 32}[netaddr.Family(p.Addr())]; p.Bits() < shortest {
		return ""
	}
	for address, letter := range rootLetters {
		if p.Contains(address) {
			return "root server " + letter
		}
	}
	return ""
}
