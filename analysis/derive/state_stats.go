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
	states []state      // that were met
	counts [2][][]int64 // by family, vantage (0: all together) and state
}

type state struct{ metric, key string }

// number finds a state among the few that there are.
func (s *stateStats) number(metric, key string) int {
	for i := range s.states {
		if s.states[i].key == key && s.states[i].metric == metric {
			return i
		}
	}
	s.states = append(s.states, state{metric, key})
	return len(s.states) - 1
}

// add counts a route for all together, and for those of the peers that send a full table of the family.
func (s *stateStats) add(v6 int, row *datasets.RouteState, peers []uint32, full []bool) {
	var met [3]int
	states := append(met[:0], s.number("bogon_class", row.BogonClass), s.number("verdict", row.Verdict))
	if row.LeftOut == "" {
		states = append(states, s.number("rov_state", row.ROVState))
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
	of := &s.counts[v6][vantage]
	for _, n := range states {
		for len(*of) <= n {
			*of = append(*of, 0)
		}
		(*of)[n]++
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
