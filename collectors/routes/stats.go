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

// join adds the counts of another histogram.
func (h *histogram) join(other histogram) {
	for length, n := range other {
		for len(*h) <= length {
			*h = append(*h, 0)
		}
		(*h)[length] += n
	}
}

// percentile returns the smallest length that at least this share of the counted lengths does not exceed.
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

// shareAbove returns the share of counted lengths over a limit.
func (h histogram) shareAbove(limit int) float64 {
	above, total := 0, 0
	for length, n := range h {
		total += n
		if length > limit {
			above += n
		}
	}
	return float64(above) / float64(total)
}

func (h histogram) mean() float64 {
	sum, total := 0, 0
	for length, n := range h {
		sum += length * n
		total += n
	}
	return float64(sum) / float64(total)
}

// spanOf returns the size of a prefix: in addresses for IPv4, in /64s for IPv6.
func spanOf(p netip.Prefix) float64 {
	if p.Addr().Is4() {
		return math.Ldexp(1, 32-p.Bits())
	}
	return math.Ldexp(1, 64-p.Bits())
}

// tableStats are the metrics of one family for one vantage.
type tableStats struct {
	entries, routes, prefixes, all int
	root, more, moas, sets         int // of prefixes: not covered, covered, with several origins, with an AS_SET as origin
	origins, transits, stubs       int // ASes
	large                          int // origin ASes with a number of 32 bits
	paths                          int // distinct
	span                           float64
	left                           map[string]int // prefixes left out, by reason
	lengths                        [129]int       // prefixes by length
	stripped, sent                 histogram      // path lengths without and with prepending
	extra                          histogram      // lengths that prepending adds
	specifics                      *specificsBy   // of one vantage; nil: unknown
	links                          int            // of all vantages: pairs of neighbouring ASes
	degrees                        map[int]int    // of all vantages: ASes by number of neighbours
	marks                          *markStats     // nil: the table has no attributes
}

// prefix counts a prefix; out is why the filtered table leaves it out, or "".
func (s *tableStats) prefix(p netip.Prefix, out string) {
	s.all++
	if out != "" {
		s.left[out]++
		return
	}
	s.prefixes++
	s.lengths[p.Bits()]++
}

// measure adds the lengths of a peer's paths.
func (s *tableStats) measure(of *tableStats) {
	s.stripped.join(of.stripped)
	s.sent.join(of.sent)
	s.extra.join(of.extra)
}

// writeStats writes the metrics of all peers together, and of each peer with a full table.
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
	if s.specifics != nil {
		for as, names := range specificNames {
			if as := nestedAs(as); as != notNested {
				add(names.prefixes, "", float64(s.specifics.prefixes[as]))
				add("more_specific_span", names.key, s.specifics.span[as])
			}
		}
	}
	if s.marks != nil {
		s.marks.rows(add)
	}
	if s.links > 0 {
		add("as_links", "", float64(s.links))
	}
	for degree, n := range s.degrees {
		add("ases_by_degree", strconv.Itoa(degree), float64(n))
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
			add(h.name+"_max", "", float64(len(h.histogram)-1))
		}
	}
	if len(s.extra) > 0 {
		add("path_prepended_share", "", s.extra.shareAbove(0))
		add("path_prepending_max", "", float64(len(s.extra)-1))
	}
	return rows
}

// specificNames are the metrics of more specific prefixes and the keys of their span, by nestedAs.
var specificNames = [nestedKinds]struct{ prefixes, key string }{
	samePath:    {"more_specific_same_path", "same-path"},
	otherPath:   {"more_specific_other_path", "other-path"},
	otherOrigin: {"more_specific_other_origin", "other-origin"},
}

func compareStats(a, b datasets.TableStat) int {
	return cmp.Or(cmp.Compare(a.VantageAddress, b.VantageAddress), cmp.Compare(a.VantageASN, b.VantageASN), cmp.Compare(a.Metric, b.Metric),
		cmp.Compare(len(a.Key), len(b.Key)), cmp.Compare(a.Key, b.Key))
}
