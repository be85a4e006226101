package topology

import (
	"slices"
)

// graph is what the paths show before anything is inferred. An AS is its index in asns, which ascends.
type graph struct {
	asns     []uint32
	nodes    []node   // of the tree of paths
	as       []uint32 // by node: its AS
	paths    []uint32 // by node: distinct paths through it; 0: all of them were dropped
	vantage  []uint32 // by node: the AS at the beginning
	linkOf   []uint32 // by node: the link from its parent's AS to its own; not of the roots
	transit  []uint32 // by AS: the transit degree
	edgesOf  []uint32 // by AS: where its edges begin
	edges    []edge   // by AS, the neighbours ascending
	links    []uint64 // links as paths go, from the vantage point to the origin: both ASes
	pairOf   []uint32 // by link: the pair of the two
	pairs    []uint64 // the lower AS and the higher, ascending
	triplets          // three ASes in a row

	pairPaths, pairVantages []uint32
	atVantage               []bool // by pair: whenever it lies on a path, one of the two is the vantage point
}

// edge leads to a neighbour.
type edge struct{ to, pair uint32 }

// triplets are three ASes in a row on a path, x y z, as two links.
type triplets struct {
	keys    []uint64 // the links x y and y z, ascending
	count   []uint32 // distinct paths
	begin   []uint32 // by link x y: where its triplets begin
	byLast  []uint32 // indices of keys, by y z and x y ascending
	lastEnd []uint32 // by link y z: where its part of byLast ends
	ends    []uint32 // by triplet: paths that end there
	behind  []uint32 // by triplet: distinct ASes that follow
}

func join(a, b uint32) uint64                  { return uint64(a)<<32 | uint64(b) }
func halves(key uint64) (first, second uint32) { return uint32(key >> 32), uint32(key) }

// newGraph returns the graph of paths without those on which members of the clique are separated.
func newGraph(p *Paths, clique []uint32) (g *graph, poisoned int) {
	g = &graph{nodes: p.nodes}
	g.number()
	poisoned = g.countPaths(clique)
	g.findLinks()
	g.findTriplets()
	g.countTransit()
	return g, poisoned
}

// number numbers the ASes, in their order.
func (g *graph) number() {
	g.asns = make([]uint32, 0, len(g.nodes))
	seen := map[uint32]uint32{}
	for _, n := range g.nodes[1:] {
		if _, ok := seen[n.asn]; !ok {
			seen[n.asn] = 0
			g.asns = append(g.asns, n.asn)
		}
	}
	slices.Sort(g.asns)
	g.asns = slices.Clip(g.asns)
	for i, asn := range g.asns {
		seen[asn] = uint32(i)
	}
	g.as = make([]uint32, len(g.nodes))
	for n := 1; n < len(g.nodes); n++ {
		g.as[n] = seen[g.nodes[n].asn]
	}
}

// countPaths counts the distinct paths through each node, and finds its vantage point.
func (g *graph) countPaths(clique []uint32) (poisoned int) {
	g.paths, g.vantage = make([]uint32, len(g.nodes)), make([]uint32, len(g.nodes))
	inClique := make([]bool, len(g.asns))
	for _, asn := range clique {
		if i, ok := slices.BinarySearch(g.asns, asn); ok {
			inClique[i] = true
		}
	}
	const met, dropped = 1, 2
	state := make([]uint8, len(g.nodes))
	for n := 1; n < len(g.nodes); n++ {
		up := g.nodes[n].parent
		state[n] = state[up]
		if up == 0 {
			g.vantage[n] = g.as[n]
		} else {
			g.vantage[n] = g.vantage[up]
		}
		if inClique[g.as[n]] {
			if state[up]&met != 0 && !inClique[g.as[up]] {
				state[n] |= dropped
			}
			state[n] |= met
		}
		if g.nodes[n].prefixes > 0 {
			if state[n]&dropped != 0 {
				poisoned++
			} else {
				g.paths[n] = 1
			}
		}
	}
	for n := len(g.nodes) - 1; n > 0; n-- {
		if up := g.nodes[n].parent; up > 0 {
			g.paths[up] += g.paths[n]
		}
	}
	return poisoned
}

// live yields the nodes below a vantage point that are on a path.
func (g *graph) live(yield func(n, up uint32) bool) {
	for n := 1; n < len(g.nodes); n++ {
		if up := g.nodes[n].parent; up > 0 && g.paths[n] > 0 && !yield(uint32(n), up) {
			return
		}
	}
}

// findLinks finds links, pairs and edges.
func (g *graph) findLinks() {
	for n, up := range g.live {
		g.links = append(g.links, join(g.as[up], g.as[n]))
	}
	g.links = distinct(g.links)
	g.pairs = make([]uint64, len(g.links))
	for i, l := range g.links {
		a, b := halves(l)
		g.pairs[i] = join(min(a, b), max(a, b))
	}
	g.pairs = distinct(g.pairs)
	g.pairOf = make([]uint32, len(g.links))
	for i, l := range g.links {
		a, b := halves(l)
		g.pairOf[i] = find(g.pairs, join(min(a, b), max(a, b)))
	}
	g.linkOf = make([]uint32, len(g.nodes))
	g.pairPaths, g.pairVantages = make([]uint32, len(g.pairs)), make([]uint32, len(g.pairs))
	g.atVantage = slices.Repeat([]bool{true}, len(g.pairs))
	var seen []uint64 // a pair from a vantage point
	for n, up := range g.live {
		g.linkOf[n] = find(g.links, join(g.as[up], g.as[n]))
		pair := g.pairOf[g.linkOf[n]]
		g.pairPaths[pair] += g.paths[n]
		g.atVantage[pair] = g.atVantage[pair] && g.nodes[up].parent == 0
		seen = append(seen, join(pair, g.vantage[n]))
	}
	for _, s := range distinct(seen) {
		pair, _ := halves(s)
		g.pairVantages[pair]++
	}
	g.findEdges()
}

func (g *graph) findEdges() {
	g.edgesOf = make([]uint32, len(g.asns)+1)
	for _, p := range g.pairs {
		a, b := halves(p)
		g.edgesOf[a+1]++
		g.edgesOf[b+1]++
	}
	for i := range g.asns {
		g.edgesOf[i+1] += g.edgesOf[i]
	}
	g.edges = make([]edge, 2*len(g.pairs))
	next := slices.Clone(g.edgesOf)
	for i, p := range g.pairs {
		a, b := halves(p)
		g.edges[next[a]] = edge{b, uint32(i)}
		g.edges[next[b]] = edge{a, uint32(i)}
		next[a]++
		next[b]++
	}
	for i := range g.asns {
		slices.SortFunc(g.edgesOfAS(uint32(i)), func(a, b edge) int { return int(a.to) - int(b.to) })
	}
}

func (g *graph) edgesOfAS(x uint32) []edge { return g.edges[g.edgesOf[x]:g.edgesOf[x+1]] }

func (g *graph) degree(x uint32) int { return int(g.edgesOf[x+1] - g.edgesOf[x]) }

// link returns the link from x to y, if a path has it.
func (g *graph) link(x, y uint32) (uint32, bool) {
	i, ok := slices.BinarySearch(g.links, join(x, y))
	return uint32(i), ok
}

// pair returns the pair of x and y, if they are neighbours.
func (g *graph) pair(x, y uint32) (uint32, bool) {
	i, ok := slices.BinarySearch(g.pairs, join(min(x, y), max(x, y)))
	return uint32(i), ok
}

func (g *graph) findTriplets() {
	t := &g.triplets
	for n, up := range g.live {
		if g.nodes[up].parent > 0 {
			t.keys = append(t.keys, join(g.linkOf[up], g.linkOf[n]))
		}
	}
	t.keys = distinct(t.keys)
	t.count, t.ends, t.behind = make([]uint32, len(t.keys)), make([]uint32, len(t.keys)), make([]uint32, len(t.keys))
	of := make([]uint32, len(g.nodes))
	var followers []uint64
	for n, up := range g.live {
		if g.nodes[up].parent == 0 {
			continue
		}
		i := find(t.keys, join(g.linkOf[up], g.linkOf[n]))
		of[n] = i
		t.count[i] += g.paths[n]
		if g.nodes[n].prefixes > 0 {
			t.ends[i]++
		}
		if g.nodes[g.nodes[up].parent].parent > 0 {
			followers = append(followers, join(of[up], g.as[n]))
		}
	}
	for _, f := range distinct(followers) {
		i, _ := halves(f)
		t.behind[i]++
	}
	t.begin, t.lastEnd = make([]uint32, len(g.links)+1), make([]uint32, len(g.links)+1)
	for _, k := range t.keys {
		first, last := halves(k)
		t.begin[first+1]++
		t.lastEnd[last+1]++
	}
	for i := range g.links {
		t.begin[i+1] += t.begin[i]
		t.lastEnd[i+1] += t.lastEnd[i]
	}
	t.byLast = make([]uint32, len(t.keys))
	next := slices.Clone(t.lastEnd)
	for i, k := range t.keys {
		_, last := halves(k)
		t.byLast[next[last]] = uint32(i)
		next[last]++
	}
	t.lastEnd = t.lastEnd[1:]
}

// after yields z and the triplet of each x y z.
func (g *graph) after(x, y uint32) func(yield func(z, triplet uint32) bool) {
	return func(yield func(z, triplet uint32) bool) {
		l, ok := g.link(x, y)
		if !ok {
			return
		}
		for i := g.begin[l]; i < g.begin[l+1]; i++ {
			_, last := halves(g.keys[i])
			_, z := halves(g.links[last])
			if !yield(z, i) {
				return
			}
		}
	}
}

// before yields x and the triplet of each x y z.
func (g *graph) before(y, z uint32) func(yield func(x, triplet uint32) bool) {
	return func(yield func(x, triplet uint32) bool) {
		l, ok := g.link(y, z)
		if !ok {
			return
		}
		from := uint32(0)
		if l > 0 {
			from = g.lastEnd[l-1]
		}
		for _, i := range g.byLast[from:g.lastEnd[l]] {
			first, _ := halves(g.keys[i])
			x, _ := halves(g.links[first])
			if !yield(x, i) {
				return
			}
		}
	}
}

// triplet returns the triplet x y z, if a path has it.
func (g *graph) triplet(x, y, z uint32) (uint32, bool) {
	first, ok := g.link(x, y)
	if !ok {
		return 0, false
	}
	last, ok := g.link(y, z)
	if !ok {
		return 0, false
	}
	i, ok := slices.BinarySearch(g.keys, join(first, last))
	return uint32(i), ok
}

// pathsAlong returns how many distinct paths have x y z or z y x.
func (g *graph) pathsAlong(x, y, z uint32) (n uint32) {
	if i, ok := g.triplet(x, y, z); ok {
		n += g.triplets.count[i]
	}
	if i, ok := g.triplet(z, y, x); ok {
		n += g.triplets.count[i]
	}
	return n
}

// countTransit counts for each AS the neighbours between which it stands.
func (g *graph) countTransit() {
	g.transit = make([]uint32, len(g.asns))
	var beside []uint64
	for _, k := range g.keys {
		first, last := halves(k)
		x, y := halves(g.links[first])
		_, z := halves(g.links[last])
		beside = append(beside, join(y, x), join(y, z))
	}
	for _, b := range distinct(beside) {
		y, _ := halves(b)
		g.transit[y]++
	}
}

// distinct sorts keys and drops those that repeat.
func distinct(keys []uint64) []uint64 {
	slices.Sort(keys)
	return slices.Clip(slices.Compact(keys))
}

// find returns the index of a key that is there.
func find(keys []uint64, key uint64) uint32 {
	i, _ := slices.BinarySearch(keys, key)
	return uint32(i)
}
