package ipv6_test

import (
	"net/netip"
	"slices"
	"sync"
	"testing"

	"tidemark/collectors/ipv6"
)

// TestOnceLimitsASes: of domains that are probed on the spot the AS of every address is asked for, too, before a test is sent there.
func TestOnceLimitsASes(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	origin := func(a netip.Addr) uint32 {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, a.String())
		return 64496
	}
	settings := ipv6.Settings{Rate: 20000, AddressRate: 20000, PrefixRate: 20000, OperatorRate: 20000, ASRate: 20000}
	if _, err := ipv6.Once(t.Context(), settings, "", []string{simulatedName(1), simulatedName(2)}, origin, simulated{today}.network()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"60.2.0.1", "2a0f:2:1::80", "60.2.0.2", "2a0f:2:2::80", simulatedRoot.String(), simulatedTLD.String()} {
		if !slices.Contains(asked, want) {
			t.Errorf("the AS of %s was not asked for", want)
		}
	}
}
