package operator

import (
	"fmt"
	"net/netip"
)

// ParsePrefix reads a prefix, or an address as the prefix of it alone. Bits behind the length are cleared.
func ParsePrefix(text string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("%q is neither a prefix nor an address", text)
	}
	return netip.PrefixFrom(a, a.BitLen()), nil
}
