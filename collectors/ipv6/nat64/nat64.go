// Package nat64 embeds IPv4 addresses in IPv6 addresses and finds them again: the algorithm of RFC 6052 for each of its
// six prefix lengths, the discovery of a network's prefix by RFC 7050, and the other forms in which an IPv6 address
// carries an IPv4 address.
package nat64

import (
	"fmt"
	"net/netip"
	"slices"
)

// The prefixes that documents set aside for translation, and the two addresses of ipv4only.arpa.
var (
	WellKnown = netip.MustParsePrefix("64:ff9b::/96")   // RFC 6052 section 2.1
	LocalUse  = netip.MustParsePrefix("64:ff9b:1::/48") // RFC 8215: prefixes of any of the lengths inside it

	WellKnownIPv4 = [2]netip.Addr{netip.AddrFrom4([4]byte{192, 0, 0, 170}), netip.AddrFrom4([4]byte{192, 0, 0, 171})} // RFC 7050 section 2.2
)

// Lengths are the prefix lengths of RFC 6052 section 2.2, in bits, ascending.
var Lengths = [6]int{32, 40, 48, 56, 64, 96}

// u is the octet of bits 64 to 71, which is always zero (RFC 6052 section 2.2).
const u = 8

// octets are the places of the four octets of the IPv4 address behind a prefix of the length: the u octet is passed over.
func octets(length int) (places [4]int) {
	at := length / 8
	for i := range places {
		if at == u {
			at++
		}
		places[i] = at
		at++
	}
	return places
}

// check tells why a prefix is none that RFC 6052 allows.
func check(prefix netip.Prefix) error {
	switch {
	case !prefix.IsValid() || !prefix.Addr().Is6() || prefix.Addr().Is4In6():
		return fmt.Errorf("%s is no IPv6 prefix", prefix)
	case !slices.Contains(Lengths[:], prefix.Bits()):
		return fmt.Errorf("%s: a prefix for translation is 32, 40, 48, 56, 64 or 96 bits long (RFC 6052 section 2.2)", prefix)
	case prefix.Masked().Addr().As16()[u] != 0:
		return fmt.Errorf("%s: bits 64 to 71 are not zero (RFC 6052 section 2.2)", prefix)
	}
	return nil
}

// Embed gives the IPv6 address of an IPv4 address under a prefix of one of the six lengths. The suffix is zero.
func Embed(prefix netip.Prefix, v4 netip.Addr) (netip.Addr, error) {
	if err := check(prefix); err != nil {
		return netip.Addr{}, err
	}
	if v4 = v4.Unmap(); !v4.Is4() {
		return netip.Addr{}, fmt.Errorf("%s is no IPv4 address", v4)
	}
	b, four := prefix.Masked().Addr().As16(), v4.As4()
	for i, at := range octets(prefix.Bits()) {
		b[at] = four[i]
	}
	return netip.AddrFrom16(b), nil
}

// Extract gives the IPv4 address that an address under the prefix embeds. What stands in the suffix is ignored, as section
// 2.2 asks of translators; an address whose bits 64 to 71 are not zero was not made by the algorithm.
func Extract(prefix netip.Prefix, address netip.Addr) (netip.Addr, error) {
	if err := check(prefix); err != nil {
		return netip.Addr{}, err
	}
	if !prefix.Contains(address.WithZone("")) {
		return netip.Addr{}, fmt.Errorf("%s does not lie in %s", address, prefix)
	}
	b := address.As16()
	if b[u] != 0 {
		return netip.Addr{}, fmt.Errorf("%s: bits 64 to 71 are not zero (RFC 6052 section 2.2)", address)
	}
	return read(b, prefix.Bits()), nil
}

// read takes the four octets behind a prefix of the length.
func read(b [16]byte, length int) netip.Addr {
	var four [4]byte
	for i, at := range octets(length) {
		four[i] = b[at]
	}
	return netip.AddrFrom4(four)
}

// Class says which document a prefix for translation is from.
type Class struct {
	Name string // well-known, local-use or network-specific
	RFC  int
}

// ClassOf classes a prefix: the well-known one of RFC 6052, one inside 64:ff9b:1::/48 of RFC 8215, or one of the
// network's own (RFC 6052 section 2.2).
func ClassOf(prefix netip.Prefix) Class {
	switch {
	case prefix.Masked() == WellKnown:
		return Class{"well-known", 6052}
	case prefix.Bits() >= LocalUse.Bits() && LocalUse.Contains(prefix.Addr()):
		return Class{"local-use", 8215}
	}
	return Class{"network-specific", 6052}
}

// Discover finds the prefixes of a DNS64 in its AAAA answers to ipv4only.arpa: 192.0.0.170 and 192.0.0.171 are looked for
// at the places of RFC 6052 section 2.2. A prefix may by chance hold one of them as well; then the place counts at which
// the answers for both agree, as RFC 7050 section 3 asks, and without such a place none does. Prefixes come ascending.
func Discover(answers []netip.Addr) []netip.Prefix {
	type candidate struct {
		prefix netip.Prefix
		which  int // of the two addresses
	}
	found := make([][]candidate, len(answers)) // for each answer
	present := map[candidate]bool{}
	for i, a := range answers {
		if !a.Is6() || a.Is4In6() {
			continue
		}
		a = a.WithZone("")
		b := a.As16()
		if b[u] != 0 {
			continue
		}
		for _, length := range Lengths {
			which := slices.Index(WellKnownIPv4[:], read(b, length))
			if which < 0 {
				continue
			}
			prefix, _ := a.Prefix(length) // the length is one that an address has
			c := candidate{prefix, which}
			found[i], present[c] = append(found[i], c), true
		}
	}
	var prefixes []netip.Prefix
	for _, all := range found {
		agreed := slices.DeleteFunc(slices.Clone(all), func(c candidate) bool { return !present[candidate{c.prefix, 1 - c.which}] })
		if len(agreed) == 0 && len(all) == 1 {
			agreed = all
		}
		if len(agreed) == 1 && !slices.Contains(prefixes, agreed[0].prefix) {
			prefixes = append(prefixes, agreed[0].prefix)
		}
	}
	slices.SortFunc(prefixes, func(a, b netip.Prefix) int {
		if c := a.Addr().Compare(b.Addr()); c != 0 {
			return c
		}
		return a.Bits() - b.Bits()
	})
	return prefixes
}
