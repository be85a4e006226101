package derive

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/analysis/aspa"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// ASPAStates makes aspa_states, aspa_stats and aspa_hops: whether the ASPAs of its day allow each path of an hour's dumps. An hour without ASPAs
// has no rows. The dumps are read once more, because paths are too many to be stored for all routes.
//
// A receiver verifies by the downstream procedure what its provider sent, and by the upstream one the rest. How a collector and its
// peer relate is not known, so both are applied. What is invalid downstream is invalid upstream too, and what is valid upstream
// is valid downstream; only that is said of a route without naming the procedure.
func ASPAStates(dumps Dumps) Derivation {
	return Derivation{Of: datasets.ASPAStates.Schema, With: []*table.Schema{datasets.ASPAStats.Schema, datasets.ASPAHops.Schema},
		Plan: func(store *table.Store) ([]Job, error) { return planASPAStates(store, dumps) }}
}

func planASPAStates(store *table.Store, files Dumps) ([]Job, error) {
	all, err := tableDumps(store)
	if err != nil {
		return nil, err
	}
	aspas, err := store.Manifests(datasets.ASPAs.Schema)
	if err != nil {
		return nil, err
	}
	exceptions, err := store.Manifests(datasets.LocalExceptions.Schema)
	if err != nil {
		return nil, err
	}
	var jobs []Job
	for _, h := range dumpHours(all) {
		j := aspaJob{dumpHour: h, store: store, files: files, day: h.hour.Truncate(24 * time.Hour)}
		j.aspas = slices.DeleteFunc(slices.Clone(upTo(aspas, j.day)), func(m *table.Manifest) bool { return !datasets.ASPAs.Holds("", m.Day(), j.day) })
		h.dumps = withPeers(h.dumps)
		if len(j.aspas) == 0 || len(h.dumps) == 0 {
			continue
		}
		j.exceptions = asOf(exceptions, j.day)
		var inputs []table.Input
		for _, m := range slices.Concat(j.aspas, j.exceptions) {
			inputs = append(inputs, m.AsInput())
		}
		for _, d := range h.dumps {
			inputs = append(inputs, d.peers.AsInput())
		}
		if inputs, err = withRawInputs(store, datasets.ASPAStates.Schema, h, inputs, files); err != nil {
			return nil, err
		}
		j.raws = inputs[len(inputs)-len(h.dumps):]
		jobs = append(jobs, Job{Key: h.key(), Inputs: inputs, Run: j.run})
	}
	return jobs, nil
}

// aspaJob verifies the paths of an hour.
type aspaJob struct {
	*dumpHour
	store             *table.Store
	files             Dumps
	day               time.Time
	aspas, exceptions []*table.Manifest
	raws              []table.Input // of the dumps
}

// verified counts the paths of a route.
type verified struct {
	paths, valid, invalid, upstreamInvalid int64
}

// denied is how a route is invalid.
type denied struct {
	hop, path string
	seenBy    []string
}

// verification collects what is found in the dumps of an hour.
type verification struct {
	providers aspa.Providers
	numbers   map[route]int // of the routes
	routes    []route
	counts    []verified
	denied    map[int]*denied // by number of the route
	hops      map[aspa.Hop]*hopCount
	ases      map[uint32]int // of full-feed peers, numbered
	path      aspa.Path
	err       error // the first path that cannot be parsed
}

func (j *aspaJob) run(ctx context.Context, into *table.Commit) error {
	providers, used, err := readProviders(j.store, j.aspas, j.exceptions)
	if err != nil {
		return err
	}
	stats, err := datasets.ASPAStats.Create(into, j.key())
	if err != nil {
		return err
	}
	out, err := datasets.ASPAStates.Create(into, j.key())
	if err != nil {
		return err
	}
	out.Unit, stats.Unit = "route", "count"
	v := &verification{providers: providers, numbers: map[route]int{}, denied: map[int]*denied{}, hops: map[aspa.Hop]*hopCount{}, ases: map[uint32]int{}}
	for i, raw := range j.raws {
		if raw.Absent {
			out.Note(lostDump, 1)
			continue
		}
		rows, err := v.read(ctx, j.files, j.store, j.dumps[i], raw)
		if err != nil {
			return err
		}
		for i := range rows {
			rows[i].ASPADate = days(used)
		}
		stats.See(len(rows))
		stats.Keep(len(rows))
		if err := stats.Append(rows...); err != nil {
			return err
		}
	}
	out.See(len(v.routes))
	out.Keep(len(v.routes))
	if err := v.write(out, j.hour, days(used)); err != nil {
		return err
	}
	return v.writeHops(j.dumpHour, into)
}

// readProviders returns the providers that ASPAs and local exceptions list, and the files of which something was used: of each trust
// anchor those of the newest day that has any. Files are given oldest first.
func readProviders(store *table.Store, files, exceptions []*table.Manifest) (p aspa.Providers, used []*table.Manifest, err error) {
	p = aspa.Providers{}
	ignored := map[uint32]bool{}
	for row, err := range datasets.LocalExceptions.Scan(paths(store, exceptions)...) {
		switch {
		case err != nil:
			return nil, nil, err
		case row.Object != "aspa" || row.ASN == nil:
		case row.Action == "filter":
			ignored[uint32(*row.ASN)] = true
		case row.Provider != nil:
			p.Add(uint32(*row.ASN), uint32(*row.Provider))
		}
	}
	have := map[string]time.Time{} // by trust anchor, the newest day
	for _, m := range slices.Backward(files) {
		found := false
		for row, err := range datasets.ASPAs.Scan(store.Path(m)) {
			if err != nil {
				return nil, nil, err
			}
			if day, known := have[row.TrustAnchor]; known && !day.Equal(m.Day()) {
				continue
			}
			have[row.TrustAnchor] = m.Day()
			found = true
			if !ignored[row.Customer] {
				p.Add(row.Customer, row.Provider)
			}
		}
		if found {
			used = append(used, m)
		}
	}
	return p, used, nil
}

// vantageStats counts the paths of a vantage point by family, procedure and state.
type vantageStats [2][2][3]int64

// procedures are those of vantageStats.
var procedures = [2]string{"downstream", "upstream"}

// read verifies the paths of a dump, and returns how many of each full-feed peer, and of all peers, have each state.
func (v *verification) read(ctx context.Context, files Dumps, store *table.Store, d tableDump, raw table.Input) ([]datasets.ASPAStat, error) {
	type session struct {
		address string
		asn     uint32
	}
	vantages := []datasets.Peer{{}} // all peers together
	numbers := map[session]int{}
	for p, err := range datasets.Peers.Scan(store.Path(d.peers)) {
		if err != nil {
			return nil, err
		}
		if p.IPv4FullFeed || p.IPv6FullFeed {
			numbers[session{p.Address, p.ASN}] = len(vantages)
			vantages = append(vantages, p)
		}
	}
	counts := make([]vantageStats, len(vantages))
	err := readPaths(ctx, files, raw, everyPrefix, func(e PathEntry) {
		number := numbers[session{e.PeerAddress, e.PeerASN}]
		family := netaddr.Family(e.Prefix.Addr()) / 6
		down, up := v.add(&e, d.collector)
		fullFeed := number > 0 && (family == 0 && vantages[number].IPv4FullFeed || family == 1 && vantages[number].IPv6FullFeed)
		v.addHops(e.PeerASN, fullFeed)
		for procedure, state := range []aspa.State{down, up} {
			counts[0][family][procedure][state]++
			if fullFeed {
				counts[number][family][procedure][state]++
			}
		}
	})
	return statRows(d, vantages, counts), cmp.Or(err, v.err)
}

// statRows returns the counts of a dump as rows, where a vantage point has paths of the family.
func statRows(d tableDump, vantages []datasets.Peer, counts []vantageStats) (rows []datasets.ASPAStat) {
	for family, of := range []uint32{4, 6} {
		for number, peer := range vantages {
			c := &counts[number][family]
			if c[0] == [3]int64{} {
				continue
			}
			for procedure, name := range procedures {
				for _, state := range aspa.States {
					rows = append(rows, datasets.ASPAStat{Collector: d.collector, DumpTime: d.at, Family: of, VantageAddress: peer.Address, VantageASN: peer.ASN,
						Procedure: name, State: state.String(), Paths: c[procedure][state]})
				}
			}
		}
	}
	return rows
}

// add verifies a path by both procedures and counts it for its route. The first AS is not compared with the peer's: a route server
// does not add its own.
func (v *verification) add(e *PathEntry, collector string) (down, up aspa.State) {
	if err := v.path.Parse(e.Path); err != nil {
		v.err = cmp.Or(v.err, fmt.Errorf("%s from %s: %w", e.Prefix, e.PeerAddress, err))
		return down, up
	}
	downstream, upstream := v.providers.Downstream(v.path), v.providers.Upstream(v.path)
	r := route{e.Prefix, e.OriginASN, e.OriginSet}
	number, known := v.numbers[r]
	if !known {
		number = len(v.routes)
		v.numbers[r] = number
		v.routes, v.counts = append(v.routes, r), append(v.counts, verified{})
	}
	c := &v.counts[number]
	c.paths++
	if upstream.State == aspa.Invalid {
		c.upstreamInvalid++
	}
	switch downstream.State {
	case aspa.Valid:
		c.valid++
	case aspa.Invalid:
		c.invalid++
		found := v.denied[number]
		if found == nil {
			found = &denied{hop: downstream.Reason(), path: e.Path}
			v.denied[number] = found
		}
		witness := collector + "/" + e.PeerAddress + "/AS" + strconv.FormatUint(uint64(e.PeerASN), 10)
		if len(found.seenBy) < maxWitnesses && !slices.Contains(found.seenBy, witness) {
			found.seenBy = append(found.seenBy, witness)
		}
	}
	return downstream.State, upstream.State
}

// write writes the routes in the order of their prefixes and origins.
func (v *verification) write(out *table.Writer[datasets.ASPAState], hour time.Time, date string) error {
	order := make([]int, len(v.routes))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		a, b := &v.routes[i], &v.routes[j]
		return cmp.Or(netaddr.ComparePrefixes(a.prefix, b.prefix), cmp.Compare(a.origin, b.origin), cmp.Compare(a.set, b.set))
	})
	for _, i := range order {
		r, c := &v.routes[i], &v.counts[i]
		row := datasets.ASPAState{Time: hour, Family: netaddr.Family(r.prefix.Addr()), Prefix: r.prefix.String(), OriginASN: r.origin, OriginSet: r.set, State: "unknown",
			Paths: c.paths, ValidPaths: c.valid, InvalidPaths: c.invalid, UpstreamInvalid: c.upstreamInvalid, ASPADate: date}
		if c.valid == c.paths {
			row.State = "valid"
		}
		if d := v.denied[i]; d != nil {
			row.State, row.Hop, row.InvalidPath, row.SeenBy = "invalid", d.hop, d.path, strings.Join(d.seenBy, ",")
		}
		if err := out.Append(row); err != nil {
			return err
		}
	}
	return nil
}

// hopCount counts the paths with a hop.
type hopCount struct {
	paths int64
	feeds []uint64 // the full feeds' ASes that send one: a set of their numbers, a bit each
}

// addHops counts the hops of the path that was verified last.
func (v *verification) addHops(peer uint32, fullFeed bool) {
	if v.path.HasSet {
		return
	}
	for i := range len(v.path.ASes) - 1 {
		hop := aspa.Hop{Customer: v.path.ASes[i+1], Provider: v.path.ASes[i]}
		c := v.hops[hop]
		if c == nil {
			c = &hopCount{}
			v.hops[hop] = c
		}
		c.paths++
		if !fullFeed || hop.Provider == peer {
			continue
		}
		n, known := v.ases[peer]
		if !known {
			n = len(v.ases)
			v.ases[peer] = n
		}
		for len(c.feeds) <= n/64 {
			c.feeds = append(c.feeds, 0)
		}
		c.feeds[n/64] |= 1 << (n % 64)
	}
}

// writeHops writes the hops in the order of their ASes.
func (v *verification) writeHops(h *dumpHour, into *table.Commit) error {
	out, err := datasets.ASPAHops.Create(into, h.key())
	if err != nil {
		return err
	}
	out.Unit = "pair of ASes"
	out.See(len(v.hops))
	out.Keep(len(v.hops))
	order := slices.SortedFunc(maps.Keys(v.hops), func(a, b aspa.Hop) int {
		return cmp.Or(cmp.Compare(a.Customer, b.Customer), cmp.Compare(a.Provider, b.Provider))
	})
	for _, hop := range order {
		c := v.hops[hop]
		row := datasets.ASPAHop{Time: h.hour, ASN: hop.Customer, BeforeASN: hop.Provider, Paths: c.paths, Attested: v.providers.Attest(hop.Customer, hop.Provider).String()}
		for _, word := range c.feeds {
			row.FullFeedASes += int64(bits.OnesCount64(word))
		}
		if err := out.Append(row); err != nil {
			return err
		}
	}
	return nil
}
