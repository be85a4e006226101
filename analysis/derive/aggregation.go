package derive

import (
	"cmp"
	"context"
	"maps"
	"net/netip"
	"slices"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// Aggregation makes aggregation: what each origin AS of a dump announces, and what is left of it after maximum
// aggregation.
var Aggregation = Derivation{Of: datasets.Aggregations.Schema, Plan: planAggregation}

func planAggregation(store *table.Store) ([]Job, error) {
	routes, err := store.Manifests(datasets.Routes.Schema)
	if err != nil {
		return nil, err
	}
	var jobs []Job
	for _, m := range routes {
		key := table.Key{Day: m.Day(), Name: m.Name()}
		peers, err := store.Manifest(datasets.Peers.Schema, key)
		if err != nil {
			return nil, err
		}
		inputs := []table.Input{m.AsInput()}
		if peers != nil {
			inputs = append(inputs, peers.AsInput())
		}
		jobs = append(jobs, Job{Key: key, Inputs: inputs, Run: func(_ context.Context, into *table.Commit) error {
			rows, seen, err := aggregations(store, m, peers)
			if err != nil {
				return err
			}
			out, err := datasets.Aggregations.Create(into, key)
			if err != nil {
				return err
			}
			out.Unit = "route"
			out.See(seen)
			out.Keep(seen)
			return out.Append(rows...)
		}})
	}
	return jobs, nil
}

// originOf is an origin AS in a family.
type originOf struct {
	family, asn uint32
}

// originated are the prefixes of an origin with the vantage points that carry them.
type originated struct {
	prefixes []netip.Prefix
	carried  []uint64 // a set of vantage points for each prefix, a bit each
}

// aggregation counts the prefixes of a dump before and after maximum aggregation, by origin and by vantage point.
type aggregation struct {
	collector string
	time      time.Time
	vantages  []datasets.Peer // that send a full table
	number    map[uint32]int  // of a vantage point, by peer_index
	words     int             // of a set of vantage points
	origins   map[originOf]*originated
	totals    map[uint32][]datasets.Aggregation // by family: of all peers, then of each vantage point
}

// aggregations returns the rows of a dump, and how many routes it has. Without peers there are no vantage points.
func aggregations(store *table.Store, routes, peers *table.Manifest) (rows []datasets.Aggregation, seen int, err error) {
	a := aggregation{number: map[uint32]int{}, origins: map[originOf]*originated{}, totals: map[uint32][]datasets.Aggregation{}}
	if peers != nil {
		if err := a.readPeers(store, peers); err != nil {
			return nil, 0, err
		}
	}
	if seen, err = a.readRoutes(store, routes); err != nil {
		return nil, 0, err
	}
	for _, o := range slices.SortedFunc(maps.Keys(a.origins), compareOrigins) {
		if row := a.count(o); row.Reduction > 0 {
			rows = append(rows, row)
		}
	}
	return append(rows, a.totalRows()...), seen, nil
}

func compareOrigins(a, b originOf) int {
	return cmp.Or(cmp.Compare(a.family, b.family), cmp.Compare(a.asn, b.asn))
}

func (a *aggregation) readPeers(store *table.Store, peers *table.Manifest) error {
	for p, err := range datasets.Peers.Scan(store.Path(peers)) {
		if err != nil {
			return err
		}
		if p.IPv4FullFeed || p.IPv6FullFeed {
			a.number[p.PeerIndex] = len(a.vantages)
			a.vantages = append(a.vantages, p)
		}
	}
	a.words = (len(a.vantages) + 63) / 64
	return nil
}

var aggregatedColumns = []string{"collector", "dump_time", "family", "prefix", "origin_asn", "seen_by", "left_out"}

func (a *aggregation) readRoutes(store *table.Store, routes *table.Manifest) (seen int, err error) {
	for r, err := range datasets.Routes.ScanColumns(aggregatedColumns, store.Path(routes)) {
		if err != nil {
			return seen, err
		}
		seen++
		a.collector, a.time = r.Collector, r.DumpTime
		if r.LeftOut != "" || r.OriginASN == 0 {
			continue
		}
		prefix, err := netip.ParsePrefix(r.Prefix)
		if err != nil {
			return seen, err
		}
		a.add(originOf{r.Family, r.OriginASN}, prefix, r.SeenBy)
	}
	return seen, nil
}

// add adds a prefix of an origin with the peers that carry it. Prefixes come in the order of routes.
func (a *aggregation) add(origin originOf, prefix netip.Prefix, peers []uint32) {
	o := a.origins[origin]
	if o == nil {
		o = &originated{}
		a.origins[origin] = o
	}
	o.prefixes = append(o.prefixes, prefix)
	from := len(o.carried)
	for range a.words {
		o.carried = append(o.carried, 0)
	}
	for _, p := range peers {
		if v, ok := a.number[p]; ok {
			o.carried[from+v/64] |= 1 << (v % 64)
		}
	}
}

// count returns the row of an origin and adds it to the totals.
func (a *aggregation) count(origin originOf) datasets.Aggregation {
	o, totals := a.origins[origin], a.totalsOf(origin.family)
	var whole aggregator
	for _, p := range o.prefixes {
		whole.add(p)
	}
	row := datasets.Aggregation{
		Collector: a.collector, DumpTime: a.time, Family: origin.family, OriginASN: origin.asn,
		Announced: int64(len(o.prefixes)), Aggregated: int64(len(whole)),
	}
	row.Reduction = row.Announced - row.Aggregated
	totals[0].Announced += row.Announced
	totals[0].Aggregated += row.Aggregated
	everywhere := o.carriedEverywhere(a.words)
	for v := range a.vantages {
		if full := a.vantages[v]; origin.family == 4 && !full.IPv4FullFeed || origin.family == 6 && !full.IPv6FullFeed {
			continue
		}
		announced, aggregated := row.Announced, row.Aggregated
		if everywhere[v/64]>>(v%64)&1 == 0 { // rarely: most vantage points carry all of most origins
			announced, aggregated = o.countCarried(v, a.words)
		}
		totals[1+v].Announced += announced
		totals[1+v].Aggregated += aggregated
	}
	return row
}

// totalsOf returns the totals of a family, at first zero.
func (a *aggregation) totalsOf(family uint32) []datasets.Aggregation {
	totals := a.totals[family]
	if totals == nil {
		totals = make([]datasets.Aggregation, 1+len(a.vantages))
		for i := range totals {
			totals[i] = datasets.Aggregation{Collector: a.collector, DumpTime: a.time, Family: family}
			if i > 0 {
				totals[i].Vantage, totals[i].VantageASN = a.vantages[i-1].Address, a.vantages[i-1].ASN
			}
		}
		a.totals[family] = totals
	}
	return totals
}

// totalRows returns the totals of those that carry anything.
func (a *aggregation) totalRows() (rows []datasets.Aggregation) {
	for _, family := range slices.Sorted(maps.Keys(a.totals)) {
		for _, t := range a.totals[family] {
			if t.Announced > 0 {
				t.Reduction = t.Announced - t.Aggregated
				rows = append(rows, t)
			}
		}
	}
	return rows
}

// carriedEverywhere returns the set of vantage points that carry every prefix.
func (o *originated) carriedEverywhere(words int) []uint64 {
	all := make([]uint64, words)
	for i := range all {
		all[i] = ^uint64(0)
		for j := i; j < len(o.carried); j += words {
			all[i] &= o.carried[j]
		}
	}
	return all
}

// countCarried counts the prefixes that a vantage point carries, before and after aggregation.
func (o *originated) countCarried(vantage, words int) (announced, aggregated int64) {
	var kept aggregator
	for i, p := range o.prefixes {
		if o.carried[i*words+vantage/64]>>(vantage%64)&1 == 1 {
			announced++
			kept.add(p)
		}
	}
	return announced, int64(len(kept))
}

// aggregator holds the fewest prefixes that cover all those added. They are added in order, a covering prefix before those
// it covers and the lower of two halves first, so that looking at the last one is enough.
type aggregator []netip.Prefix

func (a *aggregator) add(p netip.Prefix) {
	kept := *a
	if n := len(kept); n > 0 && kept[n-1].Bits() <= p.Bits() && kept[n-1].Contains(p.Addr()) {
		return
	}
	kept = append(kept, p)
	for n := len(kept); n > 1; n = len(kept) {
		lower, upper := kept[n-2], kept[n-1]
		if lower.Bits() != upper.Bits() || upper.Bits() == 0 {
			break
		}
		whole := netip.PrefixFrom(lower.Addr(), lower.Bits()-1)
		if !whole.Contains(upper.Addr()) || lower == upper {
			break
		}
		kept = append(kept[:n-2], whole)
	}
	*a = kept
}
