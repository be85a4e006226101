// Package nat64 embeds IPv4 addresses in IPv6 addresses and extracts them: with the algorithm of RFC 6052 for each of
// its six prefix lengths, and from the other IPv6 addresses that carry an IPv4 address. It also discovers a network's
// prefix by RFC 7050.
package nat64

import (
	"fmt"
	"net/netip"
	"slices"
)

// The prefixes reserved for translation, and the two addresses of ipv4only.arpa.
var (
	WellKnown = netip.MustParsePrefix("64:ff9b::/96")   // RFC 6052 section 2.1
	LocalUse  = netip.MustParsePrefix("64:ff9b:1::/48") // RFC 8215: contains prefixes of any of the lengths

	WellKnownIPv4 = [2]netip.Addr{netip.AddrFrom4([4]byte{192, 0, 0, 170}), netip.AddrFrom4([4]byte{192, 0, 0, 171})} // RFC 7050 section 2.2
)

// Lengths are the prefix lengths of RFC 6052 section 2.2, in bits, ascending.
var Lengths = [6]int{32, 40, 48, 56, 64, 96}

// u is the index of the octet of bits 64 to 71, which is always zero (RFC 6052 section 2.2).
const u = 8

// octets returns the offsets of the embedded IPv4 octets behind a prefix of the given length, skipping the u octet.
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

// check returns an error if RFC 6052 does not allow the prefix.
func check(prefix netip.Prefix) error {
	switch {
	case !prefix.IsValid() || !prefix.Addr().Is6() || prefix.Addr().Is4In6():
		return fmt.Errorf("%s is not an IPv6 prefix", prefix)
	case !slices.Contains(Lengths[:], prefix.Bits()):
		return fmt.Errorf("%s: a prefix for translation is 32, 40, 48, 56, 64 or 96 bits long (RFC 6052 section 2.2)", prefix)
	case prefix.Masked().Addr().As16()[u] != 0:
		return fmt.Errorf("%s: bits 64 to 71 are not zero (RFC 6052 section 2.2)", prefix)
	}
	return nil
}

// Embed returns the IPv6 address of an IPv4 address under a prefix of one of the six lengths. The suffix is zero.
func Embed(prefix netip.Prefix, v4 netip.Addr) (netip.Addr, error) {
	if err := check(prefix); err != nil {
		return netip.Addr{}, err
	}
	if v4 = v4.Unmap(); !v4.Is4() {
		return netip.Addr{}, fmt.Errorf("%s is not an IPv4 address", v4)
	}
	b, four := prefix.Masked().Addr().As16(), v4.As4()
	for i, at := range octets(prefix.Bits()) {
		b[at] = four[i]
	}
	return netip.AddrFrom16(b), nil
}

// Extract returns the IPv4 address embedded in an address under the prefix. It ignores the suffix, as section 2.2 asks
// of translators; an address whose bits 64 to 71 are not zero was not made by the algorithm and is an error.
func Extract(prefix netip.Prefix, address netip.Addr) (netip.Addr, error) {
	if err := check(prefix); err != nil {
		return netip.Addr{}, err
	}
	if !prefix.Contains(address.WithZone("")) {
		return netip.Addr{}, fmt.Errorf("%s is not inside %s", address, prefix)
	}
	b := address.As16()
	if b[u] != 0 {
		return netip.Addr{}, fmt.Errorf("%s: bits 64 to 71 are not zero (RFC 6052 section 2.2)", address)
	}
	return read(b, prefix.Bits()), nil
}

// read returns the IPv4 address behind a prefix of the given length.
func read(b [16]byte, length int) netip.Addr {
	var four [4]byte
	for i, at := range octets(length) {
		four[i] = b[at]
	}
	return netip.AddrFrom4(four)
}

// Class is the kind of a prefix for translation, and the RFC that defines it.
type Class struct {
	Name string // well-known, local-use or network-specific
	RFC  int
}

// ClassOf returns the class of a prefix: the well-known one of RFC 6052, one inside 64:ff9b:1::/48 (RFC 8215), or one
// of the network's own (RFC 6052 section 2.2).
func ClassOf(prefix netip.Prefix) Class {
	switch {
	case prefix.Masked() == WellKnown:
		return Class{"well-known", 6052}
	case prefix.Bits() >= LocalUse.Bits() && LocalUse.Contains(prefix.Addr()):
		return Class{"local-use", 8215}
	}
	return Class{"network-specific", 6052}
}

// Discover returns the prefixes of a DNS64, ascending, from its AAAA answers to ipv4only.arpa: it searches them for
// 192.0.0.170 and 192.0.0.171 at the offsets of RFC 6052 section 2.2. Since a prefix may contain one of the two by
// chance, only an offset counts at which the answers for both agree (RFC 7050 section 3); without one the result is
// empty.
func Discover(answers []netip.Addr) []netip.Prefix {
	type candidate struct {
		prefix netip.Prefix
		which  int // index in WellKnownIPv4
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
			prefix, _ := a.Prefix(length) // the length is valid for an IPv6 address
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
