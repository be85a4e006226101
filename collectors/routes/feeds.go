package routes

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

// feeds tells for each peer how much it carries and whether that is a full table. By family: let R be the prefixes
// that at least half of the large peers carry, a large peer being one with over half of the largest table; a peer is
// full when it carries at least 90 % of R. That is coverage, not a count, so that a leak makes no peer full.
func (r *rib) feeds() []feed {
	feeds := make([]feed, len(r.peers))
	carriers := make([]uint32, 0, len(r.peers))
	r.eachPrefix(&carriers, func(prefix uint32) {
		for _, p := range carriers {
			if family(r.prefixes[prefix]) == 4 {
				feeds[p].routes4++
			} else {
				feeds[p].routes6++
			}
		}
	})
	var largest [7]int
	for _, f := range feeds {
		largest[4] = max(largest[4], f.routes4)
		largest[6] = max(largest[6], f.routes6)
	}
	large := func(p uint32, fam uint32) bool {
		if fam == 4 {
			return 2*feeds[p].routes4 > largest[4]
		}
		return 2*feeds[p].routes6 > largest[6]
	}
	var peers [7]int
	for p := range feeds {
		for _, fam := range []uint32{4, 6} {
			if large(uint32(p), fam) {
				peers[fam]++
			}
		}
	}
	var common [7]int // size of R
	covered := make([][7]int, len(feeds))
	r.eachPrefix(&carriers, func(prefix uint32) {
		fam := family(r.prefixes[prefix])
		n := 0
		for _, p := range carriers {
			if large(p, fam) {
				n++
			}
		}
		if 2*n < peers[fam] || n == 0 {
			return
		}
		common[fam]++
		for _, p := range carriers {
			covered[p][fam]++
		}
	})
	for p := range feeds {
		feeds[p].full4 = common[4] > 0 && 10*covered[p][4] >= 9*common[4]
		feeds[p].full6 = common[6] > 0 && 10*covered[p][6] >= 9*common[6]
	}
	return feeds
}

// eachPrefix calls f for every prefix of the sorted entries, with its distinct peers in carriers.
func (r *rib) eachPrefix(carriers *[]uint32, f func(prefix uint32)) {
	seen := make([]uint32, len(r.peers)) // 1 + the prefix for which the peer was counted last
	for from := 0; from < len(r.entries); {
		prefix := r.entries[from].prefix
		*carriers = (*carriers)[:0]
		to := from
		for ; to < len(r.entries) && r.entries[to].prefix == prefix; to++ {
			if p := r.entries[to].peer; seen[p] != prefix+1 {
				seen[p] = prefix + 1
				*carriers = append(*carriers, p)
			}
		}
		f(prefix)
		from = to
	}
}
