package incident

import (
	"slices"

	"tidemark/analysis/topology"
)

// OnlyToCustomer judges a path whose route has the attribute Only to Customer (RFC 9234 section 5) with an AS number. The path begins with
// the peer of the collector and has no prepending; relation returns what an AS is to another.
//
// The number is set by the AS itself when it sends the route to a customer or a peer, or by the neighbour that has it from a provider or a
// peer. So the route has gone down or over once it has left that AS, and each AS behind may pass it on to customers only. Holds: one passed
// it on to a provider or a peer; the place of the one nearest to the origin is returned. Clear: all are seen to pass it on to customers.
// Unknown: a relation is, or the AS is not on the path, as a route server that hides itself is not.
//
// The first hop is not judged. Where a relation says that it leads to a provider, the attribute speaks against the relation.
func OnlyToCustomer(path []uint32, asn uint32, relation func(a, b uint32) topology.Relation) (State, int) {
	from := slices.Index(path, asn)
	if from < 0 {
		return Unknown, 0
	}
	state := Clear
	if from > 0 && relation(path[from-1], asn) == topology.Provider {
		state = Unknown
	}
	for i := from - 1; i > 0; i-- {
		switch relation(path[i-1], path[i]) {
		case topology.Provider, topology.Peer:
			return Holds, i
		case topology.Unknown:
			state = Unknown
		}
	}
	return state, 0
}
