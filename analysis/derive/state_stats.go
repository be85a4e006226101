package derive

import (
	"cmp"
	"slices"
	"time"

	"tidemark/datasets"
)

// stateStats counts the states of a dump's routes, for all peers together and for each full-feed peer.
type stateStats struct {
	peers  []datasets.Peer
	states []state      // in the order in which they were seen first
	counts [2][][]int64 // by family, vantage (0: all together) and state
}

type state struct{ metric, key string }

// index returns the index of a state, which it adds if it is new. There are few, so a search is fast.
func (s *stateStats) index(metric, key string) int {
	for i := range s.states {
		if s.states[i].key == key && s.states[i].metric == metric {
			return i
		}
	}
	s.states = append(s.states, state{metric, key})
	return len(s.states) - 1
}

// add counts a route for all peers together, and for each of its peers that sends a full table of the family. full is by
// peer.
func (s *stateStats) add(v6 int, row *datasets.RouteState, peers []uint32, full []bool) {
	var met [3]int
	states := append(met[:0], s.index("bogon_class", row.BogonClass), s.index("verdict", row.Verdict))
	if row.LeftOut == "" && (row.BogonClass == "none" || row.BogonClass == "unknown") { // as the questions on ROV count
		states = append(states, s.index("rov_state", row.ROVState))
	}
	s.count(v6, 0, states)
	for _, p := range peers {
		if full[p] {
			s.count(v6, 1+int(p), states)
		}
	}
}

func (s *stateStats) count(v6, vantage int, states []int) {
	for len(s.counts[v6]) <= vantage {
		s.counts[v6] = append(s.counts[v6], nil)
	}
	counts := &s.counts[v6][vantage]
	for _, n := range states {
		for len(*counts) <= n {
			*counts = append(*counts, 0)
		}
		(*counts)[n]++
	}
}

func (s *stateStats) rows(collector string, at time.Time) (rows []datasets.StateStat) {
	for i, family := range []uint32{4, 6} {
		for vantage, counts := range s.counts[i] {
			row := datasets.StateStat{Collector: collector, DumpTime: at, Family: family}
			if vantage > 0 {
				row.VantageAddress, row.VantageASN = s.peers[vantage-1].Address, s.peers[vantage-1].ASN
			}
			for n, count := range counts {
				if count > 0 {
					row.Metric, row.Key, row.Routes = s.states[n].metric, s.states[n].key, count
					rows = append(rows, row)
				}
			}
		}
	}
	slices.SortStableFunc(rows, func(a, b datasets.StateStat) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.VantageAddress, b.VantageAddress), cmp.Compare(a.VantageASN, b.VantageASN),
			cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Key, b.Key))
	})
	return rows
}
