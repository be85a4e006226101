package topology

import (
	"container/heap"
	"slices"
)

const (
	minPathsToPeer     = 3  // on which a peer hears a route, for its sender to be more than a leak
	minPathsToCustomer = 3  // on which a customer that is larger than its provider is seen
	partialShare       = 50 // a vantage point that reaches fewer than one in so many ASes sends no routes of its providers
	minTransitOfTop    = 10 // transit degree of a network without providers that is not just badly seen
)

// Infer infers the relations of all neighbours on the paths.
func (p *Paths) Infer() *Topology {
	g, _ := newGraph(p, nil)
	t := &Topology{Clique: g.findClique()}
	t.graph, t.Poisoned = newGraph(p, t.Clique)
	t.relations, t.bases = make([]Relation, len(t.pairs)), make([]Basis, len(t.pairs))
	i := inference{Topology: t, clique: make([]bool, len(t.asns)), providers: make([][]uint32, len(t.asns)), peered: make([]bool, len(t.asns)),
		visited: make([]uint32, len(t.asns))}
	for _, asn := range t.Clique {
		if x, ok := slices.BinarySearch(t.asns, asn); ok {
			i.clique[x] = true
		}
	}
	i.ranked = t.rank(i.clique)
	i.peerClique()
	for _, x := range i.ranked {
		i.findProviders(x)
	}
	i.readPartialVantages()
	i.findLargerCustomers()
	for _, x := range i.ranked {
		if len(i.providers[x]) == 0 && !i.clique[x] && t.transit[x] >= minTransitOfTop {
			i.expandNoProvider(x)
		}
	}
	i.joinStubsToClique()
	for _, x := range i.ranked {
		i.foldPeers(x)
	}
	i.judgeRest()
	return t
}

// inference is a topology whose relations are being found.
type inference struct {
	*Topology
	clique    []bool
	ranked    []uint32
	providers [][]uint32 // by AS
	peered    []bool     // by AS: it has a peer

	visited []uint32 // by AS: the last search that came by
	search  uint32
	pending []uint32
}

// known returns the pair of two neighbours, and what x is to y.
func (i *inference) known(x, y uint32) (pair uint32, r Relation) {
	pair, ok := i.pair(x, y)
	if !ok {
		return 0, Unknown
	}
	return pair, i.relation(x, y, pair)
}

// setProvider makes x the provider of y.
func (i *inference) setProvider(x, y, pair uint32, why Basis) {
	i.relations[pair], i.bases[pair] = Provider, why
	if x > y {
		i.relations[pair] = Customer
	}
	i.providers[y] = append(i.providers[y], x)
}

// setPeer makes x and y peers.
func (i *inference) setPeer(x, y, pair uint32, why Basis) {
	i.relations[pair], i.bases[pair] = Peer, why
	i.peered[x], i.peered[y] = true, true
}

// mayProvide reports whether x may be a provider of y: nobody sells transit to the clique or, over others, to itself.
func (i *inference) mayProvide(x, y uint32) bool {
	if i.clique[y] {
		return false
	}
	i.search++
	i.pending = append(i.pending[:0], x)
	for len(i.pending) > 0 {
		last := len(i.pending) - 1
		at := i.pending[last]
		i.pending = i.pending[:last]
		if at == y {
			return false
		}
		if i.visited[at] == i.search {
			continue
		}
		i.visited[at] = i.search
		i.pending = append(i.pending, i.providers[at]...)
	}
	return true
}

func (i *inference) peerClique() {
	for pair, p := range i.pairs {
		if x, y := halves(p); i.clique[x] && i.clique[y] {
			i.setPeer(x, y, uint32(pair), InClique)
		}
	}
}

// findProviders finds the providers of x: neighbours that pass its routes on to their own provider or peer. That of the
// largest transit degree is looked at first, and all are of higher rank than x, as theirs are found before.
func (i *inference) findProviders(x uint32) {
	if i.clique[x] {
		return
	}
	neighbours := slices.Clone(i.edgesOfAS(x))
	slices.SortFunc(neighbours, func(a, b edge) int { return i.compare(i.clique, a.to, b.to) })
	for _, e := range neighbours {
		if i.relations[e.pair] == Unknown && i.passesUp(e.to, x) && i.mayProvide(e.to, x) {
			i.setProvider(e.to, x, e.pair, TopDown)
		}
	}
}

// passesUp reports whether y sends routes of x to a provider or peer of its own, or those of a peer to x.
func (i *inference) passesUp(y, x uint32) bool {
	if len(i.providers[y]) == 0 && !i.peered[y] {
		return false
	}
	for z := range i.before(y, x) {
		if _, r := i.known(z, y); r == Provider || r == Peer {
			return true
		}
	}
	for z := range i.after(x, y) {
		if _, r := i.known(z, y); r == Peer && i.pathsAlong(x, y, z) >= minPathsToPeer {
			return true
		}
	}
	return false
}

// readPartialVantages finds the providers of stubs in what vantage points show that send only routes of customers and peers:
// they reach few ASes.
func (i *inference) readPartialVantages() {
	var reached []uint64
	for n := range i.nodes {
		if n > 0 && i.paths[n] > 0 && i.nodes[n].prefixes > 0 {
			reached = append(reached, join(i.vantage[n], i.as[n]))
		}
	}
	origins := make([]int, len(i.asns))
	for _, r := range distinct(reached) {
		v, _ := halves(r)
		origins[v]++
	}
	for n, up := range i.live {
		top := i.nodes[up].parent
		if top == 0 || i.nodes[top].parent != 0 || i.nodes[n].prefixes == 0 {
			continue // not the third and last of its path
		}
		if y, z := i.as[up], i.as[n]; origins[i.as[top]]*partialShare <= len(i.asns) && i.transit[z] == 0 {
			if pair, r := i.known(y, z); r == Unknown {
				i.setProvider(y, z, pair, PartialVantage)
			}
		}
	}
}

// larger is a customer z, of larger transit degree than its provider y, whose routes y passes on to x.
type larger struct{ x, y, z, paths uint32 }

// largerQueue has the one on most paths in front.
type largerQueue []larger

func (q largerQueue) Len() int      { return len(q) }
func (q largerQueue) Swap(a, b int) { q[a], q[b] = q[b], q[a] }
func (q *largerQueue) Push(l any)   { *q = append(*q, l.(larger)) }
func (q *largerQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}
func (q largerQueue) Less(a, b int) bool {
	switch l, m := q[a], q[b]; {
	case l.paths != m.paths:
		return l.paths > m.paths
	case l.x != m.x:
		return l.x < m.x
	case l.y != m.y:
		return l.y < m.y
	default:
		return l.z < m.z
	}
}

// findLargerCustomers finds customers that are larger than their provider, which the search from the top downwards passes over:
// those whose own routes the provider sends to its provider. What they pass on in turn are routes of their customers.
func (i *inference) findLargerCustomers() {
	var queue largerQueue
	for n, k := range i.keys {
		first, last := halves(k)
		x, y := halves(i.links[first])
		_, z := halves(i.links[last])
		if _, r := i.known(x, y); r != Provider || i.ends[n] == 0 || i.transit[y] > i.transit[z] {
			continue
		}
		if _, r := i.known(y, z); r == Unknown {
			queue = append(queue, larger{x, y, z, i.pathsAlong(x, y, z)})
		}
	}
	heap.Init(&queue)
	for len(queue) > 0 {
		l := heap.Pop(&queue).(larger)
		pair, r := i.known(l.y, l.z)
		if l.paths < minPathsToCustomer || r != Unknown || !i.mayProvide(l.y, l.z) {
			continue
		}
		i.setProvider(l.y, l.z, pair, LargerCustomer)
		for next := range i.after(l.y, l.z) {
			switch pair, r := i.known(l.z, next); {
			case r != Unknown:
			case i.transit[next] > i.transit[l.z]:
				heap.Push(&queue, larger{l.y, l.z, next, i.pathsAlong(l.y, l.z, next)})
			case i.mayProvide(l.z, next):
				i.setProvider(l.z, next, pair, LargerCustomer)
			}
		}
	}
}

// expandNoProvider treats x, a network without providers such as a research network, as if it were in the clique: who hears
// its routes is a peer, and whose routes it passes on is a customer.
func (i *inference) expandNoProvider(x uint32) {
	neighbours := slices.Clone(i.edgesOfAS(x))
	slices.SortFunc(neighbours, func(a, b edge) int { return i.compare(i.clique, a.to, b.to) })
	for _, e := range neighbours {
		y := e.to
		if _, ok := i.link(y, x); !ok || i.relations[e.pair] != Unknown {
			continue
		}
		passed := false
		for z := range i.after(y, x) {
			passed = true
			pair, r := i.known(x, z)
			if r != Unknown || !i.mayProvide(x, z) {
				continue
			}
			i.setProvider(x, z, pair, NoProvider)
			for next := range i.after(x, z) {
				if pair, r := i.known(z, next); r == Unknown && i.transit[next] < i.transit[z] && i.mayProvide(z, next) {
					i.setProvider(z, next, pair, NoProvider)
				}
			}
		}
		if passed {
			i.setPeer(x, y, e.pair, NoProvider)
		}
	}
}

// joinStubsToClique makes stubs beside a member of the clique its customers: no large network peers with a small one.
func (i *inference) joinStubsToClique() {
	for pair, p := range i.pairs {
		x, y := halves(p)
		if i.clique[y] {
			x, y = y, x
		}
		if i.clique[x] && i.transit[y] == 0 && i.relations[pair] == Unknown {
			i.setProvider(x, y, uint32(pair), StubOfClique)
		}
	}
}

// foldPeers looks at paths on which both links of x would be peerings, y x z: one of them is a customer, because no network
// passes the routes of one peer on to another. It is z, if x sends it on to nobody but such.
func (i *inference) foldPeers(x uint32) {
	if i.transit[x] == 0 {
		return
	}
	over := map[uint32]map[uint32]bool{} // the z, by y
	for _, e := range i.edgesOfAS(x) {
		y := e.to
		if r := i.relations[e.pair]; r != Unknown && r != Peer || i.hearsProviders(x, y) {
			continue
		}
		for z := range i.after(y, x) {
			if _, r := i.known(x, z); r == Unknown {
				if over[y] == nil {
					over[y] = map[uint32]bool{}
				}
				over[y][z] = true
			}
		}
	}
	if len(over) == 0 {
		return
	}
	both := map[uint32]bool{} // that are a z too
	for _, zs := range over {
		for z := range zs {
			both[z] = both[z] || over[z] != nil
		}
	}
	seenBy := map[uint32]int{} // how many y, by z
	for y, zs := range over {
		for z := range zs {
			if !both[y] && !both[z] {
				seenBy[z]++
			}
		}
	}
	order := make([]uint32, 0, len(seenBy))
	for z := range seenBy {
		order = append(order, z)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		if seenBy[a] != seenBy[b] {
			return seenBy[b] - seenBy[a]
		}
		return int(a) - int(b)
	})
	for _, z := range order {
		pair, r := i.known(x, z)
		if r != Unknown || i.transit[x] < i.transit[z] || !i.mayProvide(x, z) {
			continue
		}
		i.setProvider(x, z, pair, FoldedPeers)
		for next := range i.after(x, z) {
			if pair, r := i.known(z, next); r == Unknown && i.transit[z] >= i.transit[next] && i.mayProvide(z, next) {
				i.setProvider(z, next, pair, FoldedPeers)
			}
		}
	}
}

// hearsProviders reports whether a path connects y over x with a provider of x.
func (i *inference) hearsProviders(x, y uint32) bool {
	return slices.ContainsFunc(i.providers[x], func(z uint32) bool { return i.pathsAlong(y, x, z) > 0 })
}

// judgeRest decides which of the remaining links are peerings, and takes back those that were assumed on the way. A link is one
// if it begins at a vantage point, where a provider would send more than the routes of its customers, or if several vantage
// points show it. Of links behind a single vantage point most turn out to be transit that another vantage point would show.
func (i *inference) judgeRest() {
	for pair, p := range i.pairs {
		if r := i.relations[pair]; r != Unknown && i.bases[pair] != NoProvider || r == Provider || r == Customer {
			continue
		}
		if i.atVantage[pair] || i.pairVantages[pair] > 1 {
			x, y := halves(p)
			i.setPeer(x, y, uint32(pair), NothingElse)
		} else {
			i.relations[pair], i.bases[pair] = Unknown, Undecided
		}
	}
}
