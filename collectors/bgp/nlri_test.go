package bgp

import (
	"slices"
	"testing"
)

// TestPathIDs: NLRI are read with or without path identifiers, whatever the record claims.
func TestPathIDs(t *testing.T) {
	var (
		plain4   = []byte{24, 10, 0, 1, 24, 10, 0, 2, 16, 172, 16}
		with4    = []byte{0, 0, 0, 1, 24, 10, 0, 1, 0, 0, 0, 2, 24, 10, 0, 2}
		plain6   = []byte{48, 0x20, 1, 0x0d, 0xb8, 0, 1, 48, 0x20, 1, 0x0d, 0xb8, 0, 2}
		with6    = slices.Concat([]byte{0, 0, 0, 7}, plain6[:7], []byte{0, 0, 0, 7}, plain6[7:])
		host     = []byte{32, 10, 0, 0, 0} // with an identifier it would be the default route
		defaults = []byte{0, 0, 0, 1, 0, 0, 0, 0, 2, 0}
	)
	for _, c := range []struct {
		name    string
		nlri    []byte
		afi     AFI
		claimed bool
		want    bool
	}{
		{"nothing", nil, IPv4, true, true},
		{"nothing", nil, IPv4, false, false},
		{"plain", plain4, IPv4, false, false},
		{"plain, claimed to have them", plain4, IPv4, true, false},
		{"identifiers", with4, IPv4, true, true},
		{"identifiers, not claimed", with4, IPv4, false, true},
		{"plain IPv6", plain6, IPv6, false, false},
		{"plain IPv6, claimed to have them", plain6, IPv6, true, false},
		{"IPv6 identifiers", with6, IPv6, true, true},
		{"IPv6 identifiers, not claimed", with6, IPv6, false, true},
		{"either: as claimed", host, IPv4, false, false},
		{"either: as claimed", host, IPv4, true, true},
		{"the same in numbers", slices.Concat(host, host, host), IPv4, true, false},
		{"default routes", defaults, IPv4, true, true},
		{"neither: as claimed", []byte{200, 1, 2}, IPv4, true, true},
		{"neither: as claimed", []byte{200, 1, 2}, IPv4, false, false},
	} {
		if got := PathIDs(c.nlri, Family{c.afi, Unicast}, c.claimed); got != c.want {
			t.Errorf("%s (claimed %v): %v", c.name, c.claimed, got)
		}
	}
}
