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

// RouteLeaks makes route_leaks: which routes have a valley in a path, by the relations of the hour, for which the dumps are read once
// more. Only to Customer (RFC 9234) is not looked at: the attribute is stored only where a source keeps whole entries.
func RouteLeaks(dumps Dumps) Derivation {
	return Derivation{Of: datasets.RouteLeaks.Schema, Plan: func(store *table.Store) ([]Job, error) { return planRouteLeaks(store, dumps) }}
}

func planRouteLeaks(store *table.Store, files Dumps) ([]Job, error) {
	all, err := tableDumps(store)
	if err != nil {
		return nil, err
	}
	var jobs []Job
	for _, h := range dumpHours(all) {
		links, err := wholeReading(store, datasets.ASLinks.Schema, h.key())
		if err != nil {
			return nil, err
		}
		h.dumps = withPeers(h.dumps)
		if links == nil || len(h.dumps) == 0 {
			continue
		}
		inputs, err := withRawInputs(store, datasets.RouteLeaks.Schema, h, []table.Input{links.AsInput()}, files)
		if err != nil {
			return nil, err
		}
		jobs = append(jobs, Job{Key: h.key(), Inputs: inputs, Run: func(ctx context.Context, into *table.Commit) error {
			return routeLeaks(ctx, store, files, h, links, inputs[1:], into)
		}})
	}
	return jobs, nil
}

const lostDump = "dump no longer in the archive"

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

func routeLeaks(ctx context.Context, store *table.Store, files Dumps, h *dumpHour, links *table.Manifest, raws []table.Input, into *table.Commit) error {
	out, err := datasets.RouteLeaks.Create(into, h.key())
	if err != nil {
		return err
	}
	out.Unit = "path of a dump"
	related, err := readRelations(store, links)
	if err != nil {
		return err
	}
	found := map[route][]*leak{}
	for i, raw := range raws {
		if raw.Absent {
			out.Note(lostDump, 1)
			continue
		}
		var path []uint32
		seen, withSet := 0, 0
		err := readPaths(ctx, files, raw, everyPrefix, func(e PathEntry) {
			seen++
			var ok bool
			if path, ok = parseASNs(path[:0], e.Path); !ok {
				withSet++
				return
			}
			family := v6(e.Prefix)
			at := incident.Valley(path, func(a, b uint32) topology.Relation { return related.of(family, a, b) })
			if at == 0 {
				return
			}
			r := route{e.Prefix, e.OriginASN, e.OriginSet}
			var l *leak
			if n := slices.IndexFunc(found[r], func(l *leak) bool { return l.LeakASN == path[at] }); n >= 0 {
				l = found[r][n]
			} else {
				valley := fmt.Sprintf("%d (%s) < %d < %d (%s)", path[at-1], related.of(family, path[at-1], path[at]), path[at], path[at+1], related.of(family, path[at+1], path[at]))
				l = &leak{RouteLeak: datasets.RouteLeak{Time: h.hour, Family: netaddr.Family(e.Prefix.Addr()), Prefix: e.Prefix.String(), OriginASN: e.OriginASN,
					LeakASN: path[at], Valley: valley, Path: e.Path}}
				found[r] = append(found[r], l)
			}
			l.Paths++
			witness := h.dumps[i].collector + "/" + e.PeerAddress + "/AS" + strconv.FormatUint(uint64(e.PeerASN), 10)
			if len(l.seenBy) < maxWitnesses && !slices.Contains(l.seenBy, witness) {
				l.seenBy = append(l.seenBy, witness)
			}
		})
		if err != nil {
			return err
		}
		out.See(seen)
		out.Keep(seen - withSet)
		out.Reject("AS_SET or confederation in the path", withSet)
	}
	var rows []datasets.RouteLeak
	prefixes := map[string]netip.Prefix{}
	for r, leaks := range found {
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
	return out.Append(rows...)
}

// parseASNs appends the ASes of a path, and reports whether it has nothing else.
func parseASNs(path []uint32, text string) ([]uint32, bool) {
	for field := range strings.FieldsSeq(text) {
		asn, err := strconv.ParseUint(field, 10, 32)
		if err != nil {
			return path, false
		}
		path = append(path, uint32(asn))
	}
	return path, true
}
