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
		jobs = append(jobs, Job{Key: key, Inputs: []table.Input{m.AsInput()}, Run: func(_ context.Context, into *table.Commit) error {
			rows, seen, err := aggregations(store, m)
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

func aggregations(store *table.Store, m *table.Manifest) (rows []datasets.Aggregation, seen int, err error) {
	byOrigin := map[originOf][]netip.Prefix{}
	var collector string
	var at time.Time
	for r, err := range datasets.Routes.Scan(store.Path(m)) {
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
		o := originOf{r.Family, r.OriginASN}
		byOrigin[o] = append(byOrigin[o], prefix)
	}
	total := map[uint32]*datasets.Aggregation{}
	for _, o := range slices.SortedFunc(maps.Keys(byOrigin), func(a, b originOf) int {
		return cmp.Or(cmp.Compare(a.family, b.family), cmp.Compare(a.asn, b.asn))
	}) {
		announced := int64(len(byOrigin[o]))
		row := datasets.Aggregation{Collector: collector, DumpTime: at, Family: o.family, OriginASN: o.asn, Announced: announced,
			Aggregated: int64(len(aggregate(byOrigin[o])))}
		row.Reduction = row.Announced - row.Aggregated
		if total[o.family] == nil {
			total[o.family] = &datasets.Aggregation{Collector: collector, DumpTime: at, Family: o.family}
		}
		t := total[o.family]
		t.Announced, t.Aggregated, t.Reduction = t.Announced+row.Announced, t.Aggregated+row.Aggregated, t.Reduction+row.Reduction
		if row.Reduction > 0 {
			rows = append(rows, row)
		}
	}
	for _, family := range slices.Sorted(maps.Keys(total)) {
		rows = append(rows, *total[family])
	}
	return rows, seen, nil
}

// aggregate gives the fewest prefixes that cover the same addresses as the given ones, which it sorts. In their order a
// covering prefix comes before what it covers, and of two halves the lower first: one look back is enough.
func aggregate(prefixes []netip.Prefix) []netip.Prefix {
	slices.SortFunc(prefixes, func(a, b netip.Prefix) int {
		return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
	})
	var kept []netip.Prefix
	for _, p := range prefixes {
		if n := len(kept); n > 0 && kept[n-1].Bits() <= p.Bits() && kept[n-1].Contains(p.Addr()) {
			continue
		}
		kept = append(kept, p)
		for n := len(kept); n > 1; n = len(kept) {
			lower, upper := kept[n-2], kept[n-1]
			if lower.Bits() != upper.Bits() || upper.Bits() == 0 {
				break
			}
			whole := netip.PrefixFrom(lower.Addr(), lower.Bits()-1)
			if whole.Masked() != whole || !whole.Contains(upper.Addr()) || lower == upper {
				break
			}
			kept = append(kept[:n-2], whole)
		}
	}
	return kept
}
