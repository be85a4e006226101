package topology

import (
	"slices"
)

// Cones returns the customer cone of each AS that has customers: the ASes, itself among them, that its providers and peers are
// seen to reach over it (the provider/peer observed cone, section 6 of the paper). A path adds to the cone of an AS what
// lies behind it as far as each link leads from a provider to a customer, provided that the AS before it is a provider
// or peer. Members ascend.
//
// Unlike the recursive cone it does not take all customers of a customer for customers, which they are not where
// relations differ by region or prefix; and it needs a provider or peer in sight, so that it is too small rather than too
// large where there are few vantage points.
func (t *Topology) Cones() map[uint32][]uint32 {
	down := make([]bool, len(t.nodes)) // by node: its parent is its provider
	over := make([]bool, len(t.nodes)) // by node: its parent is its provider or peer
	for n, up := range t.live {
		r := t.relation(t.as[up], t.as[n], t.pairOf[t.linkOf[n]])
		down[n], over[n] = r == Provider, r == Provider || r == Peer
	}
	var members []uint64 // of a cone: its AS, the member
	limit := 1 << 20
	for n := range t.live {
		for at := n; down[at]; {
			if at = t.nodes[at].parent; over[at] {
				members = append(members, join(t.as[at], t.as[n]))
			}
		}
		if len(members) > limit {
			members = distinct(members)
			limit = max(limit, 2*len(members))
		}
	}
	cones := map[uint32][]uint32{}
	members = distinct(members)
	for i, p := range t.pairs {
		switch a, b := halves(p); t.relations[i] {
		case Provider:
			cones[t.asns[a]] = nil
		case Customer:
			cones[t.asns[b]] = nil
		}
	}
	for len(members) > 0 {
		of, _ := halves(members[0])
		n, _ := slices.BinarySearch(members, join(of+1, 0))
		cone := make([]uint32, 0, n+1)
		for _, m := range members[:n] {
			_, member := halves(m)
			cone = append(cone, t.asns[member])
		}
		cones[t.asns[of]] = cone
		members = members[n:]
	}
	for asn, cone := range cones {
		at, _ := slices.BinarySearch(cone, asn)
		cones[asn] = slices.Insert(cone, at, asn)
	}
	return cones
}
