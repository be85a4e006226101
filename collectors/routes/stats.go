package routes

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"strconv"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// histogram counts small lengths.
type histogram []int

func (h *histogram) add(length uint32) {
	for int(length) >= len(*h) {
		*h = append(*h, 0)
	}
	(*h)[length]++
}

// percentile is the smallest length that at least that share of the counted ones does not exceed.
func (h histogram) percentile(share float64) float64 {
	total := 0
	for _, n := range h {
		total += n
	}
	need := int(math.Ceil(share * float64(total)))
	for length, n := range h {
		if need -= n; need <= 0 {
			return float64(length)
		}
	}
	return 0
}

func (h histogram) mean() float64 {
	sum, total := 0, 0
	for length, n := range h {
		sum += length * n
		total += n
	}
	return float64(sum) / float64(total)
}

// tableStats are the metrics of one family for one vantage.
type tableStats struct {
	entries, routes, prefixes, all, root, more, moas, sets int
	span                                                   float64
	left                                                   map[string]int
	lengths                                                [129]int
	origins, transits                                      map[uint32]bool
	paths                                                  map[uint32]bool
	stripped, sent                                         histogram
}

// spanOf is the size of a prefix: addresses of IPv4, /64s of IPv6.
func spanOf(p netip.Prefix) float64 {
	if p.Addr().Is4() {
		return math.Ldexp(1, 32-p.Bits())
	}
	return math.Ldexp(1, 64-p.Bits())
}

// statsOf measures the table that the peers accepted by carries send; lengths of paths only over those that measures
// accepts.
func (r *rib) statsOf(fam uint32, carries, measures func(peer uint32) bool) *tableStats {
	s := &tableStats{left: map[string]int{}, origins: map[uint32]bool{}, transits: map[uint32]bool{}, paths: map[uint32]bool{}}
	used := make([]bool, len(r.attrs))
	var open []netip.Prefix
	for from := 0; from < len(r.entries); {
		prefix := r.entries[from].prefix
		to := from
		for to < len(r.entries) && r.entries[to].prefix == prefix {
			to++
		}
		p := r.prefixes[prefix]
		all := r.entries[from:to]
		from = to
		if family(p) != fam {
			continue
		}
		out := leftOut(p)
		any, set := false, false
		asns := 0
		var last *attributes
		for _, e := range all {
			if !carries(e.peer) {
				continue
			}
			any = true
			s.entries++
			if out != "" {
				continue
			}
			a := &r.attrs[e.attr]
			if last == nil || a.asn != last.asn || a.set != last.set {
				s.routes++
				if a.asn != 0 {
					asns++
				}
				set = set || a.set != ""
				last = a
			}
			used[e.attr] = true
			if measures(e.peer) {
				s.stripped.add(a.stripped)
				s.sent.add(a.sent)
			}
		}
		if !any {
			continue
		}
		s.all++
		if out != "" {
			s.left[out]++
			continue
		}
		s.prefixes++
		s.lengths[p.Bits()]++
		if asns > 1 {
			s.moas++
		}
		if set {
			s.sets++
		}
		for len(open) > 0 && !open[len(open)-1].Contains(p.Addr()) {
			open = open[:len(open)-1]
		}
		if len(open) == 0 {
			s.root++
			s.span += spanOf(p)
		} else {
			s.more++
		}
		open = append(open, p)
	}
	for i, is := range used {
		if !is {
			continue
		}
		a := &r.attrs[i]
		s.paths[a.path] = true
		if a.asn != 0 {
			s.origins[a.asn] = true
		}
		// What stands left of a set is transit as well.
		seq := a.sequence
		if a.set == "" && len(seq) > 0 {
			seq = seq[:len(seq)-1]
		}
		for _, asn := range seq {
			s.transits[asn] = true
		}
	}
	return s
}

func (r *rib) writeStats(d dump, key table.Key, feeds []feed, into *table.Commit) error {
	out, err := datasets.TableStats.Create(into, key)
	if err != nil {
		return err
	}
	out.Unit = "metric"
	for _, fam := range []uint32{4, 6} {
		var carrying, full []uint32
		for p, f := range feeds {
			if fam == 4 && f.routes4 > 0 || fam == 6 && f.routes6 > 0 {
				carrying = append(carrying, uint32(p))
			}
			if f.full(fam) {
				full = append(full, uint32(p))
			}
		}
		if len(carrying) == 0 {
			continue
		}
		isFull := func(p uint32) bool { return len(full) == 0 || feeds[p].full(fam) }
		base := datasets.TableStat{Collector: d.collector, DumpTime: d.time, Family: fam}
		rows := r.statsOf(fam, func(uint32) bool { return true }, isFull).rows(base)
		for metric, n := range map[string]int{"peers": len(carrying), "full_feed_peers": len(full)} {
			row := base
			row.Metric, row.Value = metric, float64(n)
			rows = append(rows, row)
		}
		for _, p := range full {
			base.VantageAddress, base.VantageASN = r.peers[p].Address.String(), r.peers[p].ASN
			only := func(q uint32) bool { return q == p }
			rows = append(rows, r.statsOf(fam, only, only).rows(base)...)
		}
		slices.SortStableFunc(rows, compareStats)
		out.See(len(rows))
		out.Keep(len(rows))
		if err := out.Append(rows...); err != nil {
			return err
		}
	}
	return nil
}

func (s *tableStats) rows(base datasets.TableStat) (rows []datasets.TableStat) {
	add := func(metric, key string, value float64) {
		row := base
		row.Metric, row.Key, row.Value = metric, key, value
		rows = append(rows, row)
	}
	stubs, large := 0, 0
	for asn := range s.origins {
		if !s.transits[asn] {
			stubs++
		}
		if asn > 65535 {
			large++
		}
	}
	for _, m := range []struct {
		name  string
		value int
	}{
		{"entries", s.entries}, {"routes", s.routes}, {"prefixes", s.prefixes}, {"all_prefixes", s.all}, {"root_prefixes", s.root},
		{"more_specific_prefixes", s.more}, {"origin_ases", len(s.origins)}, {"transit_ases", len(s.transits)}, {"stub_ases", stubs},
		{"asns_32bit", large}, {"moas_prefixes", s.moas}, {"as_set_prefixes", s.sets}, {"unique_paths", len(s.paths)},
	} {
		add(m.name, "", float64(m.value))
	}
	add("address_span", "", s.span)
	for reason, n := range s.left {
		add("left_out", reason, float64(n))
	}
	for length, n := range s.lengths {
		if n > 0 {
			add("prefixes_by_length", strconv.Itoa(length), float64(n))
		}
	}
	for _, h := range []struct {
		name string
		histogram
	}{{"path_length", s.stripped}, {"path_length_sent", s.sent}} {
		if len(h.histogram) > 0 {
			add(h.name+"_mean", "", h.mean())
			add(h.name+"_median", "", h.percentile(0.5))
			add(h.name+"_p90", "", h.percentile(0.9))
		}
	}
	return rows
}

func compareStats(a, b datasets.TableStat) int {
	return cmp.Or(cmp.Compare(a.VantageAddress, b.VantageAddress), cmp.Compare(a.VantageASN, b.VantageASN), cmp.Compare(a.Metric, b.Metric),
		cmp.Compare(len(a.Key), len(b.Key)), cmp.Compare(a.Key, b.Key))
}
