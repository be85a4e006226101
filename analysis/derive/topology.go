package derive

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"

	"tidemark/analysis/topology"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// Topology makes as_links, as_topology and as_dependencies: who is whose customer by the paths of all dumps of an hour, for which they are read
// once more. The ASes of route servers are removed from them.
func Topology(dumps Dumps, asnsOfRouteServers []uint32) Derivation {
	servers := newRouteServers(asnsOfRouteServers)
	return Derivation{Of: datasets.ASLinks.Schema, With: []*table.Schema{datasets.ASTopologies.Schema, datasets.ASDependencies.Schema}, Plan: func(store *table.Store) ([]Job, error) {
		return planReadings(store, dumps, datasets.ASLinks.Schema, statesOf, servers.input(), func(ctx context.Context, r *reading, into *table.Commit) error {
			return (&topologyJob{reading: r, servers: servers}).run(ctx, into)
		})
	}}
}

// topologyJob infers the relations of the ASes of an hour.
type topologyJob struct {
	*reading
	servers  routeServers
	leftOut  map[netip.Prefix]bool
	space    [2]map[uint32]announced // by family and origin
	vantages [2]map[uint32]bool      // by family: ASes that send a full table
	path     []uint32                // memory for parse
}

// announced is what an AS originates.
type announced struct{ prefixes, addresses int64 }

func (t *topologyJob) run(ctx context.Context, into *table.Commit) error {
	links, err := datasets.ASLinks.Create(into, t.key())
	if err != nil {
		return err
	}
	links.Unit = "path of a dump"
	ases, err := datasets.ASTopologies.Create(into, t.key())
	if err != nil {
		return err
	}
	ases.Unit = "AS"
	dependencies, err := datasets.ASDependencies.Create(into, t.key())
	if err != nil {
		return err
	}
	dependencies.Unit = "AS on paths to an origin"
	if err := t.readStates(); err != nil {
		return err
	}
	if err := t.readVantages(); err != nil {
		return err
	}
	paths := [2]*topology.Paths{topology.NewPaths(), topology.NewPaths()}
	fates := map[string]int{}
	for _, raw := range t.raws {
		if raw.Absent {
			links.Note(lostDump, 1)
			continue
		}
		err := readPaths(ctx, t.files, raw, func(p netip.Prefix) bool { return !t.leftOut[p] }, func(e PathEntry) {
			fates[t.add(paths[v6(e.Prefix)], e)]++
		})
		if err != nil {
			return err
		}
	}
	for _, fate := range slices.Sorted(maps.Keys(fates)) {
		links.See(fates[fate])
		if fate == topology.Kept.String() {
			links.Keep(fates[fate])
		} else {
			links.Reject(fate, fates[fate])
		}
	}
	for i, family := range []uint32{4, 6} {
		if err := t.write(family, paths[i], links, ases); err != nil {
			return err
		}
		if err := t.writeDependencies(family, paths[i], dependencies); err != nil {
			return err
		}
	}
	return nil
}

// v6 returns the index of a prefix's family.
func v6(p netip.Prefix) int {
	if p.Addr().Is6() {
		return 1
	}
	return 0
}

// add adds the path of an entry and returns what became of it.
func (t *topologyJob) add(paths *topology.Paths, e PathEntry) string {
	var ok bool
	if t.path, ok = t.servers.parse(t.path[:0], e.Path); !ok {
		return "AS_SET or confederation in the path"
	}
	return paths.Add(t.path, size(e.Prefix)).String()
}

// size returns how many addresses, or IPv6 /48, a prefix has; 1 for what is smaller.
func size(p netip.Prefix) uint64 {
	bits := 32
	if p.Addr().Is6() {
		bits = 48
	}
	return 1 << max(bits-p.Bits(), 0)
}

// readVantages reads which ASes send a full table.
func (t *topologyJob) readVantages() error {
	t.vantages = [2]map[uint32]bool{{}, {}}
	for _, d := range t.dumps {
		for p, err := range datasets.Peers.Scan(t.store.Path(d.peers)) {
			if err != nil {
				return err
			}
			if p.IPv4FullFeed {
				t.vantages[0][p.ASN] = true
			}
			if p.IPv6FullFeed {
				t.vantages[1][p.ASN] = true
			}
		}
	}
	return nil
}

// open is a prefix that may cover the next ones.
type open struct {
	prefix netip.Prefix
	origin uint32
	peers  int64
	own    uint64 // addresses outside more specific prefixes
}

var stateColumns = []string{"prefix", "origin_asn", "left_out", "peers"}

// readStates reads which prefixes the filtered table leaves out, and how many prefixes and addresses lead to each origin: an
// address leads to that of the most specific prefix.
func (t *topologyJob) readStates() error {
	t.leftOut = map[netip.Prefix]bool{}
	t.space = [2]map[uint32]announced{{}, {}}
	var above []open
	shut := func(o open) {
		a := t.space[v6(o.prefix)][o.origin]
		a.prefixes++
		a.addresses += int64(o.own)
		t.space[v6(o.prefix)][o.origin] = a
	}
	for row, err := range datasets.RouteStates.ScanColumns(stateColumns, t.store.Path(t.basis)) {
		if err != nil {
			return err
		}
		prefix, err := netip.ParsePrefix(row.Prefix)
		if err != nil {
			return err
		}
		if row.LeftOut != "" {
			t.leftOut[prefix] = true
			continue
		}
		now := open{prefix: prefix, origin: row.OriginASN, own: size(prefix)}
		if row.Peers != nil {
			now.peers = *row.Peers
		}
		if n := len(above); n > 0 && above[n-1].prefix == prefix { // another origin
			if last := &above[n-1]; now.peers > last.peers || last.origin == 0 {
				last.origin, last.peers = now.origin, now.peers
			}
			continue
		}
		for n := len(above); n > 0 && !covers(above[n-1].prefix, prefix); n = len(above) {
			shut(above[n-1])
			above = above[:n-1]
		}
		if n := len(above); n > 0 {
			above[n-1].own -= min(above[n-1].own, now.own)
		}
		above = append(above, now)
	}
	for _, o := range above {
		shut(o)
	}
	return nil
}

// covers reports whether a prefix, which comes before the other in their order, covers it.
func covers(above, prefix netip.Prefix) bool {
	return netaddr.Family(above.Addr()) == netaddr.Family(prefix.Addr()) && above.Contains(prefix.Addr())
}

// write writes the rows of a family.
func (t *topologyJob) write(family uint32, paths *topology.Paths, links *table.Writer[datasets.ASLink], ases *table.Writer[datasets.ASTopology]) error {
	found := paths.Infer()
	if found.Poisoned > 0 {
		links.Note("distinct path with another AS between members of the clique", found.Poisoned)
	}
	vantages := int64(paths.Vantages())
	var rows []datasets.ASLink
	for _, l := range found.Links() {
		rows = append(rows, datasets.ASLink{Time: t.hour, Family: family, ASNA: l.A, ASNB: l.B, Relation: l.Relation.String(), Basis: l.Basis.String(),
			Paths: int64(l.Paths), Vantages: int64(l.Vantages), Of: vantages})
	}
	if err := links.Append(rows...); err != nil {
		return err
	}
	space, full := t.space[family/6], slices.Sorted(maps.Keys(t.vantages[family/6]))
	cones, hegemony := found.Cones(), paths.Hegemony(full)
	var standings []datasets.ASTopology
	for _, as := range found.ASes() {
		row := datasets.ASTopology{Time: t.hour, Family: family, ASN: as.ASN, Clique: slices.Contains(found.Clique, as.ASN), TransitDegree: int64(as.TransitDegree),
			Providers: int64(as.Providers), Peers: int64(as.Peers), Customers: int64(as.Customers), Unknown: int64(as.Unknown),
			FullFeeds: int64(len(full)), Vantages: vantages}
		cone := cones[as.ASN]
		if cone == nil {
			cone = []uint32{as.ASN}
		}
		row.ConeASes = int64(len(cone))
		for _, member := range cone {
			row.ConePrefixes += space[member].prefixes
			row.ConeAddresses += space[member].addresses
		}
		if hegemony != nil {
			share := hegemony[as.ASN]
			row.Hegemony = &share
		}
		standings = append(standings, row)
	}
	ases.See(len(standings))
	ases.Keep(len(standings))
	return ases.Append(standings...)
}

// minDependency is the smallest local hegemony that is kept.
const minDependency = 0.05

// writeDependencies writes on which ASes the origins of a family depend.
func (t *topologyJob) writeDependencies(family uint32, paths *topology.Paths, out *table.Writer[datasets.ASDependency]) error {
	var err error
	paths.LocalHegemony(slices.Sorted(maps.Keys(t.vantages[family/6])), func(origin uint32, vantages int, hegemony map[uint32]float64) {
		var rows []datasets.ASDependency
		for on, share := range hegemony {
			if share >= minDependency {
				rows = append(rows, datasets.ASDependency{Time: t.hour, Family: family, ASN: origin, On: on, Hegemony: share, FullFeeds: int64(vantages)})
			}
		}
		slices.SortFunc(rows, func(a, b datasets.ASDependency) int {
			return cmp.Or(cmp.Compare(b.Hegemony, a.Hegemony), cmp.Compare(a.On, b.On))
		})
		out.See(len(hegemony))
		out.Keep(len(rows))
		out.Reject("on less than a twentieth of the paths", len(hegemony)-len(rows))
		if err == nil {
			err = out.Append(rows...)
		}
	})
	return err
}
