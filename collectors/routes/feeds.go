package routes

import "tidemark/internal/netaddr"

// feed is what a peer carries.
type feed struct {
	routes4, routes6 int // distinct prefixes
	full4, full6     bool
}

func (f feed) full(family uint32) bool {
	if family == 4 {
		return f.full4
	}
	return f.full6
}

// feeds returns for each peer how much it carries and whether that is a full table. By family: let R be the prefixes
// that at least half of the large peers carry, a large peer being one with over half of the largest table; a peer is
// full if it carries at least 90 % of R. This measures coverage, not a count, so a leak does not make a peer full.
func (r *rib) feeds() []feed {
	feeds := make([]feed, len(r.peers))
	// All prefixes with the same set of peers are counted at once.
	type carried struct{ prefixes4, prefixes6 int }
	sets, counts := newPeerSets(), []carried{}
	r.eachPrefix(func(routes []route, peers peerSet) {
		id := sets.id(peers)
		if int(id) == len(counts) {
			counts = append(counts, carried{})
		}
		if netaddr.Family(routes[0].prefix.Addr()) == 4 {
			counts[id].prefixes4++
		} else {
			counts[id].prefixes6++
		}
	})
	largest4, largest6 := 0, 0
	for id, c := range counts {
		sets.get(uint32(id)).each(func(p int) {
			feeds[p].routes4 += c.prefixes4
			feeds[p].routes6 += c.prefixes6
		})
	}
	for _, f := range feeds {
		largest4, largest6 = max(largest4, f.routes4), max(largest6, f.routes6)
	}
	var large4, large6 peerSet
	for p, f := range feeds {
		if 2*f.routes4 > largest4 {
			large4.add(p)
		}
		if 2*f.routes6 > largest6 {
			large6.add(p)
		}
	}
	n4, n6 := large4.count(), large6.count()
	common4, common6 := 0, 0 // size of R
	covered4, covered6 := make([]int, len(feeds)), make([]int, len(feeds))
	for id, c := range counts {
		set := sets.get(uint32(id))
		if n := set.common(large4); c.prefixes4 > 0 && n > 0 && 2*n >= n4 {
			common4 += c.prefixes4
			set.each(func(p int) { covered4[p] += c.prefixes4 })
		}
		if n := set.common(large6); c.prefixes6 > 0 && n > 0 && 2*n >= n6 {
			common6 += c.prefixes6
			set.each(func(p int) { covered6[p] += c.prefixes6 })
		}
	}
	for p := range feeds {
		feeds[p].full4 = common4 > 0 && 10*covered4[p] >= 9*common4
		feeds[p].full6 = common6 > 0 && 10*covered6[p] >= 9*common6
	}
	return feeds
}
