package derive

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tidemark/analysis/incident"
	"tidemark/analysis/topology"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// RouteLeaks makes route_leaks and otc_states: which routes have a valley in a path, and which are where Only to Customer (RFC 9234) forbids
// them to be, by the relations of the hour, for which the dumps are read once more. The ASes of route servers are not hops.
func RouteLeaks(dumps Dumps, asnsOfRouteServers []uint32) Derivation {
	servers := newRouteServers(asnsOfRouteServers)
	return Derivation{Of: datasets.RouteLeaks.Schema, With: []*table.Schema{datasets.OTCStates.Schema}, Plan: func(store *table.Store) ([]Job, error) {
		return planReadings(store, dumps, datasets.RouteLeaks.Schema, wholeLinks, servers.input(), func(ctx context.Context, r *reading, into *table.Commit) error {
			return (&leakJob{reading: r, servers: servers, found: map[route][]*leak{}, marked: map[route]*marked{}}).run(ctx, into)
		})
	}}
}

// wholeLinks returns the links of an hour, if all its dumps were read for them.
func wholeLinks(store *table.Store, hour table.Key) (*table.Manifest, error) {
	return wholeReading(store, datasets.ASLinks.Schema, hour)
}

// wholeReading returns the partition of an hour for which all its dumps were read, or nil.
func wholeReading(store *table.Store, schema *table.Schema, key table.Key) (*table.Manifest, error) {
	m, err := store.Manifest(schema, key)
	if m != nil && m.Noted[lostDump] > 0 {
		return nil, err
	}
	return m, err
}

// relations are what ASes are to each other, by family; the lower number comes first.
type relations [2]map[[2]uint32]topology.Relation

// of returns what an AS is to another.
func (r *relations) of(family int, a, b uint32) topology.Relation {
	if a < b {
		return r[family][[2]uint32{a, b}]
	}
	switch r[family][[2]uint32{b, a}] {
	case topology.Provider:
		return topology.Customer
	case topology.Customer:
		return topology.Provider
	case topology.Peer:
		return topology.Peer
	}
	return topology.Unknown
}

var linkColumns = []string{"family", "as_a", "as_b", "relation"}

// readRelations reads the relations of an hour; without links they are all unknown.
func readRelations(store *table.Store, links *table.Manifest) (*relations, error) {
	r := &relations{{}, {}}
	if links == nil {
		return r, nil
	}
	known := map[string]topology.Relation{}
	for _, x := range []topology.Relation{topology.Provider, topology.Customer, topology.Peer} {
		known[x.String()] = x
	}
	for l, err := range datasets.ASLinks.ScanColumns(linkColumns, store.Path(links)) {
		if err != nil {
			return nil, err
		}
		if x, ok := known[l.Relation]; ok {
			r[l.Family/6][[2]uint32{l.ASNA, l.ASNB}] = x
		}
	}
	return r, nil
}

// leak is what is found of a route with a valley, for each AS that leaks it.
type leak struct {
	datasets.RouteLeak
	seenBy []string
}

// leakJob finds the leaks of an hour.
type leakJob struct {
	*reading
	servers routeServers
	related *relations
	found   map[route][]*leak
	marked  map[route]*marked
	path    []uint32 // memory for parseASNs
}

func (j *leakJob) run(ctx context.Context, into *table.Commit) error {
	out, err := datasets.RouteLeaks.Create(into, j.key())
	if err != nil {
		return err
	}
	out.Unit = "path of a dump"
	states, err := datasets.OTCStates.Create(into, j.key())
	if err != nil {
		return err
	}
	states.Unit = "route with Only to Customer"
	if j.related, err = readRelations(j.store, j.basis); err != nil {
		return err
	}
	for i, raw := range j.raws {
		if raw.Absent {
			out.Note(lostDump, 1)
			states.Note(lostDump, 1)
			continue
		}
		seen, withSet := 0, 0
		err := readPaths(ctx, j.files, raw, everyPrefix, func(e PathEntry) {
			seen++
			var ok bool
			if j.path, ok = j.servers.parse(j.path[:0], e.Path); !ok {
				withSet++
				return
			}
			j.judge(&e, j.dumps[i].collector)
			if e.OTC != 0 {
				j.judgeMarked(&e, j.dumps[i].collector)
			}
		})
		if err != nil {
			return err
		}
		out.See(seen)
		out.Keep(seen - withSet)
		out.Reject("AS_SET or confederation in the path", withSet)
	}
	marked := j.markedRows()
	states.See(len(marked))
	states.Keep(len(marked))
	if err := states.Append(marked...); err != nil {
		return err
	}
	return out.Append(j.rows()...)
}

// judge counts the entry with the present path, if that has a valley.
func (j *leakJob) judge(e *PathEntry, collector string) {
	family, path := v6(e.Prefix), j.path
	related := func(a, b uint32) topology.Relation { return j.related.of(family, a, b) }
	at := incident.Valley(path, related)
	if at == 0 {
		return
	}
	r := route{e.Prefix, e.OriginASN, e.OriginSet}
	var l *leak
	if n := slices.IndexFunc(j.found[r], func(l *leak) bool { return l.LeakASN == path[at] }); n >= 0 {
		l = j.found[r][n]
	} else {
		valley := fmt.Sprintf("%d (%s) < %d < %d (%s)", path[at-1], related(path[at-1], path[at]), path[at], path[at+1], related(path[at+1], path[at]))
		l = &leak{RouteLeak: datasets.RouteLeak{Time: j.hour, Family: netaddr.Family(e.Prefix.Addr()), Prefix: e.Prefix.String(), OriginASN: e.OriginASN,
			LeakASN: path[at], Valley: valley, Path: e.Path}}
		j.found[r] = append(j.found[r], l)
	}
	l.Paths++
	l.seenBy = addWitness(l.seenBy, e, collector)
}

// addWitness adds the peer of an entry to those with the route.
func addWitness(seenBy []string, e *PathEntry, collector string) []string {
	witness := collector + "/" + e.PeerAddress + "/AS" + strconv.FormatUint(uint64(e.PeerASN), 10)
	if len(seenBy) < maxWitnesses && !slices.Contains(seenBy, witness) {
		seenBy = append(seenBy, witness)
	}
	return seenBy
}

// rows returns each route with a valley once, with the AS that leaks it on most paths, in the order of the prefixes.
func (j *leakJob) rows() []datasets.RouteLeak {
	var rows []datasets.RouteLeak
	prefixes := map[string]netip.Prefix{}
	for r, leaks := range j.found {
		most := slices.MaxFunc(leaks, func(a, b *leak) int {
			return cmp.Or(cmp.Compare(a.Paths, b.Paths), cmp.Compare(b.LeakASN, a.LeakASN))
		})
		most.SeenBy = strings.Join(most.seenBy, ",")
		prefixes[most.Prefix] = r.prefix
		rows = append(rows, most.RouteLeak)
	}
	slices.SortFunc(rows, func(a, b datasets.RouteLeak) int {
		return cmp.Or(netaddr.ComparePrefixes(prefixes[a.Prefix], prefixes[b.Prefix]), cmp.Compare(a.OriginASN, b.OriginASN))
	})
	return rows
}
