package derive

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tidemark/analysis/incident"
	"tidemark/analysis/topology"
	"tidemark/datasets"
	"tidemark/internal/netaddr"
)

// marked is a route with Only to Customer.
type marked struct {
	datasets.OTCState
	state  incident.State
	seenBy []string
}

// judgeMarked counts the entry with the present path, which has Only to Customer.
func (j *leakJob) judgeMarked(e *PathEntry, collector string) {
	family, path := v6(e.Prefix), j.path
	related := func(a, b uint32) topology.Relation { return j.related.of(family, a, b) }
	state, at := incident.OnlyToCustomer(path, j.servers.client(e.OTC, e.Path), related)
	r := route{e.Prefix, e.OriginASN, e.OriginSet}
	m := j.marked[r]
	if m == nil {
		m = &marked{state: state, OTCState: datasets.OTCState{Time: j.hour, Family: netaddr.Family(e.Prefix.Addr()), Prefix: e.Prefix.String(), OriginASN: e.OriginASN, OTC: e.OTC}}
		j.marked[r] = m
	}
	m.Paths++
	switch {
	case state == incident.Holds:
		if m.Leaked++; m.Leaked == 1 {
			m.state, m.OTC, m.LeakASN, m.Path = state, e.OTC, path[at], e.Path
			m.Hop = fmt.Sprintf("%d (%s) < %d, OTC %d", path[at-1], related(path[at-1], path[at]), path[at], e.OTC)
		}
		m.seenBy = addWitness(m.seenBy, e, collector)
	case state == incident.Unknown && m.state == incident.Clear:
		m.state, m.OTC = state, e.OTC
	}
}

// markedRows returns the routes with Only to Customer in the order of the prefixes.
func (j *leakJob) markedRows() (rows []datasets.OTCState) {
	routes := make([]route, 0, len(j.marked))
	for r := range j.marked {
		routes = append(routes, r)
	}
	slices.SortFunc(routes, func(a, b route) int {
		return cmp.Or(netaddr.ComparePrefixes(a.prefix, b.prefix), cmp.Compare(a.origin, b.origin))
	})
	for _, r := range routes {
		m := j.marked[r]
		m.State = map[incident.State]string{incident.Holds: "leak", incident.Clear: "kept", incident.Unknown: "unknown"}[m.state]
		m.SeenBy = strings.Join(m.seenBy, ",")
		rows = append(rows, m.OTCState)
	}
	return rows
}
