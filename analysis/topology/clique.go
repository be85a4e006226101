package topology

import "slices"

const (
	firstCandidates = 10 // ASes of the largest transit degree among which the clique is sought
	maxBehind       = 5  // ASes behind two members that an AS may announce by mistake and still not be their customer
	maxClique       = 64 // no real clique is near it; bounds the search
)

// findClique returns the ASes at the top, which are all neighbours of each other and get transit from nobody (section 5.3):
// the clique of the largest sum of transit degrees among the first candidates, and every further AS that fits.
func (g *graph) findClique() []uint32 {
	ranked := (&Topology{graph: g}).rank(make([]bool, len(g.asns)))
	n := min(firstCandidates, len(ranked))
	for n > 0 && g.transit[ranked[n-1]] == 0 {
		n-- // a stub is not a candidate
	}
	clique := g.heaviest(ranked[:n])
	for _, x := range ranked[n:] {
		if g.degree(x) < len(clique) || g.transit[x] == 0 || len(clique) == maxClique {
			break
		}
		if !slices.ContainsFunc(clique, func(y uint32) bool { return !g.mayPeer(clique, y, x) }) {
			clique = append(clique, x)
		}
	}
	clique = g.heaviest(clique)
	numbers := make([]uint32, len(clique))
	for i, x := range clique {
		numbers[i] = g.asns[x]
	}
	slices.Sort(numbers)
	return numbers
}

// mayPeer reports whether y and x are neighbours, and x is not seen behind another candidate and y, which would make it a
// customer of y. A few ASes seen there are a mistake in somebody's announcements.
func (g *graph) mayPeer(candidates []uint32, y, x uint32) bool {
	if _, ok := g.pair(x, y); !ok {
		return false
	}
	for _, z := range candidates {
		if z == x || z == y {
			continue
		}
		if i, ok := g.triplet(z, y, x); ok && g.behind[i] > maxBehind {
			return false
		}
	}
	return true
}

// heaviest returns the set of candidates that may all peer with each other whose transit degrees have the largest sum (Bron
// and Kerbosch, without pivot, as there are few).
func (g *graph) heaviest(candidates []uint32) (best []uint32) {
	n := len(candidates)
	peers := make([]uint64, n)
	for i := range n {
		for j := range i {
			x, y := candidates[i], candidates[j]
			if g.mayPeer(candidates, x, y) && g.mayPeer(candidates, y, x) {
				peers[i] |= 1 << j
				peers[j] |= 1 << i
			}
		}
	}
	most := -1
	var extend func(in, may uint64, sum int)
	extend = func(in, may uint64, sum int) {
		rest := sum
		for i := range n {
			if may>>i&1 == 1 {
				rest += int(g.transit[candidates[i]])
			}
		}
		if rest <= most {
			return
		}
		if may == 0 {
			most, best = sum, best[:0]
			for i := range n {
				if in>>i&1 == 1 {
					best = append(best, candidates[i])
				}
			}
			return
		}
		for i := range n {
			if may>>i&1 == 1 {
				extend(in|1<<i, may&peers[i], sum+int(g.transit[candidates[i]]))
				may &^= 1 << i
			}
		}
	}
	extend(0, 1<<n-1, 0)
	return best
}
