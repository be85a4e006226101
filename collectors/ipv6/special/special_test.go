package special

import (
	"net/netip"
	"testing"
)

// TestClass has the addresses that tables used to disagree about: what a registry does not list, and what is newer than
// one of them was.
func TestClass(t *testing.T) {
	for address, want := range map[string]string{
		"ff02::1": "multicast", "::60.0.0.80": "v4-compatible", "fec0::1": "site-local", "2001:20::1": "orchid", "2001:2::1": "benchmarking",
		"3fff::1": "documentation", "100:0:0:1::1": "dummy", "100::1": "discard", "::ffff:60.0.0.80": "v4-mapped", "64:ff9b::3c00:50": "nat64",
		"fe80::1%eth0": "link-local", "192.0.0.1": "464xlat", "192.0.0.9": "protocol", "0.0.0.0": "this-network", "100.64.0.1": "shared",
		"2a0f::80": "", "2001:4860:4860::8888": "", "60.0.0.80": "", "4000::1": "",
	} {
		if got := Class(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s is %q, want %q", address, got, want)
		}
	}
}
