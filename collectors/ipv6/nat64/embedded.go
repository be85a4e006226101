package nat64

import "net/netip"

// Embedded is an IPv4 address that an IPv6 address carries.
type Embedded struct {
	IPv4 netip.Addr
	Form string // mapped, compatible, well-known, local-use, 6to4, teredo or isatap
	RFC  int    // number of the RFC that defines the form
}

var (
	mapped     = netip.MustParsePrefix("::ffff:0:0/96")
	compatible = netip.MustParsePrefix("::/96")
	sixToFour  = netip.MustParsePrefix("2002::/16")
	teredo     = netip.MustParsePrefix("2001::/32")
)

// Find recognizes the forms that are visible in the address alone. A network's own prefix for translation is not; use
// Extract. For 64:ff9b:1::/48 the length in use is unknown: it is assumed to be 96 if the last four octets are not all
// zero, otherwise, if the suffix is zero, 48.
func Find(address netip.Addr) (e Embedded, ok bool) {
	if !address.Is6() {
		return e, false
	}
	address = address.WithZone("")
	b := address.As16()
	last := netip.AddrFrom4([4]byte(b[12:16]))
	switch {
	case mapped.Contains(address) || address.Is4In6(): // Contains never matches an IPv4-mapped address
		return Embedded{last, "mapped", 4291}, true
	case compatible.Contains(address) && b[12] != 0: // not :: and ::1
		return Embedded{last, "compatible", 4291}, true
	case WellKnown.Contains(address):
		return Embedded{last, "well-known", 6052}, true
	case LocalUse.Contains(address):
		switch {
		case b[u] == 0 && last != netip.IPv4Unspecified():
			return Embedded{last, "local-use", 8215}, true
		case b[u] == 0 && [5]byte(b[11:16]) == [5]byte{} && read(b, 48) != netip.IPv4Unspecified():
			return Embedded{read(b, 48), "local-use", 8215}, true
		}
	case sixToFour.Contains(address):
		return Embedded{netip.AddrFrom4([4]byte(b[2:6])), "6to4", 3056}, true
	case teredo.Contains(address): // the client's address is stored inverted
		return Embedded{netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]}), "teredo", 4380}, true
	case (b[8] == 0 || b[8] == 2) && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe:
		return Embedded{last, "isatap", 5214}, true
	}
	return e, false
}
