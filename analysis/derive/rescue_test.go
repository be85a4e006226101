package derive

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"tidemark/datasets"
	"tidemark/internal/netaddr"
)

// TestRescueLikeTwin looks for the less specific among all routes.
func TestRescueLikeTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 3))
	states := []string{"valid", "not-found", "invalid-origin", "invalid-length"}
	for range 500 {
		byPrefix := map[netip.Prefix][]datasets.RouteState{}
		for range 30 {
			p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(random.IntN(4) << 6), byte(random.IntN(4) << 6), 0}), 8+random.IntN(17)).Masked()
			origin := uint32(random.IntN(4))
			if !slices.ContainsFunc(byPrefix[p], func(r datasets.RouteState) bool { return r.OriginASN == origin }) {
				byPrefix[p] = append(byPrefix[p], datasets.RouteState{Prefix: p.String(), OriginASN: origin, ROVState: states[random.IntN(4)]})
			}
		}
		var prefixes []netip.Prefix
		for p := range byPrefix {
			prefixes = append(prefixes, p)
		}
		slices.SortFunc(prefixes, netaddr.ComparePrefixes)
		var r rescuers
		for _, p := range prefixes {
			r.setRescuers(p, byPrefix[p])
		}
		for p, rows := range byPrefix {
			for _, row := range rows {
				want, best := "", -1
				for q, others := range byPrefix {
					for _, o := range others {
						if q != p && q.Bits() < p.Bits() && q.Contains(p.Addr()) && q.Bits() > best && row.OriginASN != 0 && o.OriginASN == row.OriginASN &&
							(o.ROVState == "valid" || o.ROVState == "not-found") && row.ROVState != "valid" && row.ROVState != "not-found" {
							want, best = q.String(), q.Bits()
						}
					}
				}
				if row.RescuedBy != want {
					t.Fatalf("%s AS%d (%s) is rescued by %q, want %q", p, row.OriginASN, row.ROVState, row.RescuedBy, want)
				}
			}
		}
	}
}
