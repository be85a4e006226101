package routes

import (
	"net/netip"

	"tidemark/internal/netaddr"
)

// tally measures the tables of one family, prefix by prefix: that of all peers together, and that of each peer alone. Path
// lengths are known only by peer; the caller adds those of the peers that count to the statistics of all.
type tally struct {
	sets     *peerSets
	together *tableStats
	each     []*tableStats // by peer
	origins  asTable
	origin   originTally // of the current prefix
	nesting  nesting
}

// vantages measures the tables of one family.
func (r *rib) vantages(fam uint32) (together *tableStats, each []*tableStats) {
	paths, counts := &r.families[0], &r.paths.families[0]
	if fam == 6 {
		paths, counts = &r.families[1], &r.paths.families[1]
	}
	t := &tally{sets: &r.sets, together: newTableStats(), each: make([]*tableStats, len(r.peers))}
	paths.leave(0)
	for p := range t.each {
		t.each[p] = paths.peerStats(p)
		if p < len(counts.perPeer) {
			t.each[p].paths = counts.perPeer[p]
		}
		t.together.entries += t.each[p].entries
	}
	t.together.paths = counts.unique
	if len(r.peers) > 0 {
		marked := &r.marked[0]
		if fam == 6 {
			marked = &r.marked[1]
		}
		var marks []*markStats
		t.together.marks, marks = marked.stats(len(r.peers))
		for p := range t.each {
			t.each[p].marks = marks[p]
		}
	}
	t.together.links, t.together.degrees = counts.links.n, counts.degrees()
	r.eachPrefix(func(routes []route, peers peerSet) {
		if netaddr.Family(routes[0].prefix.Addr()) == fam {
			t.add(routes, peers)
		}
	})
	t.addASes(&counts.transits)
	return t.together, t.each
}

func newTableStats() *tableStats { return &tableStats{left: map[string]int{}} }

// peerStats returns the statistics of a peer's table that follow from its paths.
func (f *familyPaths) peerStats(peer int) *tableStats {
	s := newTableStats()
	if !f.unordered {
		s.specifics = new(specificsBy)
		if peer < len(f.specifics) {
			*s.specifics = f.specifics[peer]
		}
	}
	if peer < len(f.entries) {
		s.entries, s.stripped, s.sent, s.extra = f.entries[peer], f.stripped[peer], f.sent[peer], f.extra[peer]
	}
	return s
}

// add counts a prefix by its routes and the peers that carry any of them.
func (t *tally) add(routes []route, peers peerSet) {
	p := routes[0].prefix
	out := leftOut(p)
	t.together.prefix(p, out)
	if t.together.marks != nil {
		t.together.marks.prefix(routes)
	}
	peers.each(func(v int) { t.each[v].prefix(p, out) })
	if out == "" {
		t.addOrigins(routes)
		t.addNested(p, peers)
	}
}

// addOrigins counts the routes of a prefix, and whether its origins are several or an AS_SET.
func (t *tally) addOrigins(routes []route) {
	o := &t.origin
	o.reset()
	for i := range routes {
		set := t.sets.get(routes[i].set)
		t.together.routes++
		set.each(func(v int) { t.each[v].routes++ })
		asn := routes[i].origin.asn()
		switch {
		case routes[i].origin&setBit != 0:
			o.withSet.join(set)
			o.hasSet = true
		case asn != 0:
			t.origins.set(asn).join(set)
			o.asns++
			if len(routes) > 1 {
				o.add(set)
			}
		}
	}
	if o.asns > 1 {
		t.together.moas++
		o.twice.each(func(v int) { t.each[v].moas++ })
	}
	if o.hasSet {
		t.together.sets++
		o.withSet.each(func(v int) { t.each[v].sets++ })
	}
}

// originTally counts the origins of one prefix.
type originTally struct {
	once, twice peerSet // peers with at least one origin AS, with at least two
	withSet     peerSet // peers with an AS_SET
	asns        int
	hasSet      bool
}

// reset empties the tally and keeps the memory of its sets.
func (o *originTally) reset() {
	*o = originTally{once: o.once[:0], twice: o.twice[:0], withSet: o.withSet[:0]}
}

// add counts the peers of an origin AS.
func (o *originTally) add(peers peerSet) {
	for i, word := range peers {
		for len(o.once) <= i {
			o.once, o.twice = append(o.once, 0), append(o.twice, 0)
		}
		o.twice[i] |= o.once[i] & word
		o.once[i] |= word
	}
}

// addNested counts a prefix as a more specific one if its table has a covering prefix, and as a root prefix otherwise.
func (t *tally) addNested(p netip.Prefix, peers peerSet) {
	covered, above := t.nesting.next(p, peers)
	t.together.nest(p, covered)
	peers.each(func(v int) { t.each[v].nest(p, above.has(v)) })
}

// nest counts a prefix of the filtered table by whether another one covers it.
func (s *tableStats) nest(p netip.Prefix, covered bool) {
	if covered {
		s.more++
		return
	}
	s.root++
	s.span += spanOf(p)
}

// nesting finds covering prefixes while it walks over sorted ones.
type nesting struct {
	open []coveringPrefix // that cover the current prefix, outermost first
}

type coveringPrefix struct {
	prefix netip.Prefix
	peers  peerSet // that carry this prefix or one that covers it
}

// next moves to the next prefix. It reports whether an earlier one covers it, and returns the peers that carry one that does. The set is
// valid until the following call.
func (n *nesting) next(p netip.Prefix, peers peerSet) (covered bool, above peerSet) {
	for len(n.open) > 0 && !n.open[len(n.open)-1].prefix.Contains(p.Addr()) {
		n.open = n.open[:len(n.open)-1]
	}
	depth := len(n.open)
	if depth > 0 {
		above = n.open[depth-1].peers
	}
	if depth < cap(n.open) { // reuse the memory of its set
		n.open = n.open[:depth+1]
	} else {
		n.open = append(n.open, coveringPrefix{})
	}
	innermost := &n.open[depth]
	innermost.prefix = p
	innermost.peers = append(innermost.peers[:0], above...)
	innermost.peers.join(peers)
	return depth > 0, above
}

// addASes counts the origin ASes and the transit ASes. A stub is an origin AS that is not a transit AS.
func (t *tally) addASes(transits *asTable) {
	for i, asn := range t.origins.asns {
		var transit peerSet
		at, isTransit := transits.index[asn]
		if isTransit {
			transit = transits.peers[at]
		}
		t.together.addOrigin(asn, isTransit)
		t.origins.peers[i].each(func(v int) { t.each[v].addOrigin(asn, transit.has(v)) })
	}
	t.together.transits = len(transits.asns)
	for _, set := range transits.peers {
		set.each(func(v int) { t.each[v].transits++ })
	}
}

// addOrigin counts an origin AS.
func (s *tableStats) addOrigin(asn uint32, isTransit bool) {
	s.origins++
	if asn > 65535 {
		s.large++
	}
	if !isTransit {
		s.stubs++
	}
}
