package routes

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
	"strconv"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// histogram counts small lengths.
type histogram []int

func (h *histogram) add(length uint32) {
	for int(length) >= len(*h) {
		*h = append(*h, 0)
	}
	(*h)[length]++
}

// join adds the counts of another.
func (h *histogram) join(other histogram) {
	for length, n := range other {
		for len(*h) <= length {
			*h = append(*h, 0)
		}
		(*h)[length] += n
	}
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

// spanOf is the size of a prefix: addresses of IPv4, /64s of IPv6.
func spanOf(p netip.Prefix) float64 {
	if p.Addr().Is4() {
		return math.Ldexp(1, 32-p.Bits())
	}
	return math.Ldexp(1, 64-p.Bits())
}

// tableStats are the metrics of one family for one vantage.
type tableStats struct {
	entries, routes, prefixes, all, root, more, moas, sets int
	origins, transits, stubs, large, paths                 int
	span                                                   float64
	left                                                   map[string]int
	lengths                                                [129]int
	stripped, sent                                         histogram
	same                                                   int // more specifics with the path of the covering prefix; -1: not told
}

// prefixStats are what counts of a prefix, for everybody or for one peer.
func (s *tableStats) prefix(p netip.Prefix, out string) {
	s.all++
	if out != "" {
		s.left[out]++
		return
	}
	s.prefixes++
	s.lengths[p.Bits()]++
}

// vantages measures the tables of one family: of all peers together, and of each peer alone. Lengths of paths are still
// missing from that of all.
func (r *rib) vantages(fam uint32) (together *tableStats, each []*tableStats) {
	v6 := 0
	if fam == 6 {
		v6 = 1
	}
	paths := &r.families[v6]
	together = &tableStats{left: map[string]int{}, same: -1}
	each = make([]*tableStats, len(r.peers))
	for p := range each {
		each[p] = &tableStats{left: map[string]int{}, same: -1}
		if !paths.unordered {
			each[p].same = 0
			if p < len(paths.samePath) {
				each[p].same = paths.samePath[p]
			}
		}
		if p < len(paths.entries) {
			s := each[p]
			s.entries, s.paths, s.stripped, s.sent = paths.entries[p], paths.perPeer[p], paths.stripped[p], paths.sent[p]
			together.entries += s.entries
		}
	}
	together.paths = paths.unique.len()
	var (
		origins asTable
		open    []struct {
			prefix netip.Prefix
			above  peerSet // that carry this prefix or one that covers it
		}
		once, twice peerSet // peers with one origin of the prefix, with two or more
		withSet     peerSet
	)
	r.eachPrefix(func(routes []route, peers peerSet) {
		p := routes[0].prefix
		if netaddr.Family(p.Addr()) != fam {
			return
		}
		out := leftOut(p)
		together.prefix(p, out)
		peers.each(func(v int) { each[v].prefix(p, out) })
		if out != "" {
			return
		}
		once, twice, withSet = once[:0], twice[:0], withSet[:0]
		asns, hasSet := 0, false
		for i := range routes {
			a := &routes[i]
			set := r.sets.of(a.set)
			together.routes++
			set.each(func(v int) { each[v].routes++ })
			if a.origin&setBit != 0 {
				withSet.join(set)
				hasSet = true
			} else if asn := a.origin.asn(); asn != 0 {
				asns++
				origins.of(asn).join(set)
				if len(routes) > 1 {
					for i, w := range set {
						for len(once) <= i {
							once, twice = append(once, 0), append(twice, 0)
						}
						twice[i] |= once[i] & w
						once[i] |= w
					}
				}
			}
		}
		if asns > 1 {
			together.moas++
			twice.each(func(v int) { each[v].moas++ })
		}
		if hasSet {
			together.sets++
			withSet.each(func(v int) { each[v].sets++ })
		}
		for len(open) > 0 && !open[len(open)-1].prefix.Contains(p.Addr()) {
			open = open[:len(open)-1]
		}
		var above peerSet
		if len(open) > 0 {
			together.more++
			above = open[len(open)-1].above
		} else {
			together.root++
			together.span += spanOf(p)
		}
		peers.each(func(v int) {
			if above.has(v) {
				each[v].more++
			} else {
				each[v].root++
				each[v].span += spanOf(p)
			}
		})
		n := len(open)
		if n < cap(open) { // its set keeps its room
			open = open[:n+1]
		} else {
			open = append(open, struct {
				prefix netip.Prefix
				above  peerSet
			}{})
		}
		open[n].prefix = p
		open[n].above = append(open[n].above[:0], above...)
		open[n].above.join(peers)
	})
	for i, asn := range origins.asns {
		var transit peerSet
		if at, is := paths.transits.index[asn]; is {
			transit = paths.transits.peers[at]
		} else {
			together.stubs++
		}
		together.origins++
		if asn > 65535 {
			together.large++
		}
		origins.peers[i].each(func(v int) {
			each[v].origins++
			if asn > 65535 {
				each[v].large++
			}
			if !transit.has(v) {
				each[v].stubs++
			}
		})
	}
	together.transits = len(paths.transits.asns)
	for _, set := range paths.transits.peers {
		set.each(func(v int) { each[v].transits++ })
	}
	return together, each
}

// measure adds the lengths of a peer's paths.
func (s *tableStats) measure(of *tableStats) {
	s.stripped.join(of.stripped)
	s.sent.join(of.sent)
}

func (r *rib) writeStats(d dump, feeds []feed, out *table.Writer[datasets.TableStat]) error {
	out.Unit = "metric"
	for _, fam := range []uint32{4, 6} {
		var carrying, full []int
		for p, f := range feeds {
			if fam == 4 && f.routes4 > 0 || fam == 6 && f.routes6 > 0 {
				carrying = append(carrying, p)
			}
			if f.full(fam) {
				full = append(full, p)
			}
		}
		if len(carrying) == 0 {
			continue
		}
		together, each := r.vantages(fam)
		measured := full
		if len(full) == 0 {
			measured = carrying
		}
		for _, p := range measured {
			together.measure(each[p])
		}
		base := datasets.TableStat{Collector: d.collector, DumpTime: d.time, Source: d.source, Family: fam}
		rows := together.rows(base)
		for metric, n := range map[string]int{"peers": len(carrying), "full_feed_peers": len(full)} {
			row := base
			row.Metric, row.Value = metric, float64(n)
			rows = append(rows, row)
		}
		for _, p := range full {
			base.VantageAddress, base.VantageASN = r.peers[p].Address.String(), r.peers[p].ASN
			rows = append(rows, each[p].rows(base)...)
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
	for _, m := range []struct {
		name  string
		value int
	}{
		{"entries", s.entries}, {"routes", s.routes}, {"prefixes", s.prefixes}, {"all_prefixes", s.all}, {"root_prefixes", s.root},
		{"more_specific_prefixes", s.more}, {"origin_ases", s.origins}, {"transit_ases", s.transits}, {"stub_ases", s.stubs},
		{"asns_32bit", s.large}, {"moas_prefixes", s.moas}, {"as_set_prefixes", s.sets}, {"unique_paths", s.paths},
	} {
		add(m.name, "", float64(m.value))
	}
	add("address_span", "", s.span)
	if s.same >= 0 {
		add("more_specific_same_path", "", float64(s.same))
	}
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
