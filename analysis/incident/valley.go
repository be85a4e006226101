package incident

import "tidemark/analysis/topology"

// Valley finds the AS of a path that leaks: it passes on what it has from a provider to a provider or a peer, or what it has from a peer to a
// provider (types 1, 3 and 4 of RFC 7908). The path begins with the peer of the collector and has no prepending; relation returns what
// an AS is to another. Valley returns the place of the AS that is nearest to the origin, or 0 if there is none.
//
// From peer to peer (type 2) is not counted: a link is often inferred to be one of peers because nothing says otherwise.
func Valley(path []uint32, relation func(a, b uint32) topology.Relation) int {
	for i := len(path) - 2; i > 0; i-- {
		switch from, to := relation(path[i+1], path[i]), relation(path[i-1], path[i]); {
		case from == topology.Provider && (to == topology.Provider || to == topology.Peer), from == topology.Peer && to == topology.Provider:
			return i
		}
	}
	return 0
}
