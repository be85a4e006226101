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

type originOf struct {
	family, asn uint32
}

// originated are the prefixes of an origin with the full-feed peers that carry them.
type originated struct {
	prefixes []netip.Prefix
	carried  []uint64 // words bits for each prefix
}

func aggregations(store *table.Store, routes, peers *table.Manifest) (rows []datasets.Aggregation, seen int, err error) {
	var vantages []datasets.Peer
	number := map[uint32]int{} // of the vantage, by peer_index
	if peers != nil {
		for p, err := range datasets.Peers.Scan(store.Path(peers)) {
			if err != nil {
				return nil, 0, err
			}
			if p.IPv4FullFeed || p.IPv6FullFeed {
				number[p.PeerIndex] = len(vantages)
				vantages = append(vantages, p)
			}
		}
	}
	words := (len(vantages) + 63) / 64
	byOrigin := map[originOf]*originated{}
	var collector string
	var at time.Time
	for r, err := range datasets.Routes.ScanColumns([]string{"collector", "dump_time", "family", "prefix", "origin_asn", "seen_by", "left_out"}, store.Path(routes)) {
		if err != nil {
			return nil, 0, err
		}
		seen++
		collector, at = r.Collector, r.DumpTime
		if r.LeftOut != "" || r.OriginASN == 0 {
			continue
		}
		prefix, err := netip.ParsePrefix(r.Prefix)
		if err != nil {
			return nil, 0, err
		}
		of := originOf{r.Family, r.OriginASN}
		o := byOrigin[of]
		if o == nil {
			o = &originated{}
			byOrigin[of] = o
		}
		o.prefixes = append(o.prefixes, prefix)
		from := len(o.carried)
		for range words {
			o.carried = append(o.carried, 0)
		}
		for _, p := range r.SeenBy {
			if v, ok := number[p]; ok {
				o.carried[from+v/64] |= 1 << (v % 64)
			}
		}
	}
	all := make([]uint64, words)
	// The totals by family: of all peers, then of each vantage.
	totals := map[uint32][]datasets.Aggregation{}
	for _, of := range slices.SortedFunc(maps.Keys(byOrigin), func(a, b originOf) int {
		return cmp.Or(cmp.Compare(a.family, b.family), cmp.Compare(a.asn, b.asn))
	}) {
		o := byOrigin[of]
		if totals[of.family] == nil {
			t := make([]datasets.Aggregation, 1+len(vantages))
			for i := range t {
				t[i] = datasets.Aggregation{Collector: collector, DumpTime: at, Family: of.family}
				if i > 0 {
					t[i].Vantage, t[i].VantageASN = vantages[i-1].Address, vantages[i-1].ASN
				}
			}
			totals[of.family] = t
		}
		t := totals[of.family]
		var whole aggregator
		for _, p := range o.prefixes { // in the order of routes
			whole.add(p)
		}
		row := t[0]
		row.OriginASN, row.Announced, row.Aggregated = of.asn, int64(len(o.prefixes)), int64(len(whole))
		row.Reduction = row.Announced - row.Aggregated
		t[0].Announced, t[0].Aggregated = t[0].Announced+row.Announced, t[0].Aggregated+row.Aggregated
		if row.Reduction > 0 {
			rows = append(rows, row)
		}
		for i := range all { // what every prefix is carried by
			all[i] = ^uint64(0)
			for j := i; j < len(o.carried); j += words {
				all[i] &= o.carried[j]
			}
		}
		for v := range vantages {
			if full := vantages[v]; of.family == 4 && !full.IPv4FullFeed || of.family == 6 && !full.IPv6FullFeed {
				continue
			}
			if all[v/64]>>(v%64)&1 == 1 { // as most carry all of most origins
				t[1+v].Announced += row.Announced
				t[1+v].Aggregated += row.Aggregated
				continue
			}
			n, kept := 0, aggregator{}
			for i, p := range o.prefixes {
				if o.carried[i*words+v/64]>>(v%64)&1 == 1 {
					n++
					kept.add(p)
				}
			}
			t[1+v].Announced += int64(n)
			t[1+v].Aggregated += int64(len(kept))
		}
	}
	for _, family := range slices.Sorted(maps.Keys(totals)) {
		for _, t := range totals[family] {
			if t.Announced > 0 {
				t.Reduction = t.Announced - t.Aggregated
				rows = append(rows, t)
			}
		}
	}
	return rows, seen, nil
}

// aggregator holds the fewest prefixes that cover what was added. Prefixes are added in their order, in which a covering
// one comes before what it covers, and of two halves the lower first: one look back is enough.
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
