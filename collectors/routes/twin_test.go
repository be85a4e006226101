package routes

import (
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// The obvious twin of what rib computes: sets and loops over everything, nothing sorted, nothing shared.

// announced is a route of a peer. A path is a sequence and, behind it, a set.
type announced struct {
	prefix   netip.Prefix
	peer     int
	sequence []uint32
	set      []uint32

	confederation []uint32 // before the sequence
	communities   []uint32
	others        map[bgp.AttributeType][]byte // values of further attributes
	hop           netip.Addr
}

func (a announced) origin() uint32 {
	if len(a.set) > 0 || len(a.sequence) == 0 {
		return 0
	}
	return a.sequence[len(a.sequence)-1]
}

func (a announced) stripped() []uint32 { return slices.Compact(slices.Clone(a.sequence)) }

func (a announced) length() (sent, stripped int) {
	n := min(len(a.set), 1)
	return len(a.sequence) + n, len(a.stripped()) + n
}

func (a announced) setText() string {
	if len(a.set) == 0 {
		return ""
	}
	set := slices.Clone(a.set)
	slices.Sort(set)
	set = slices.Compact(set)
	text := "{"
	for i, asn := range set {
		text += fmt.Sprintf("%.*s%d", min(i, 1), ",", asn)
	}
	return text + "}"
}

// attributes is the wire form of the path.
func (a announced) attributes() []byte {
	var path []byte
	for kind, asns := range map[byte][]uint32{1: a.set, 2: a.sequence} {
		if len(asns) == 0 {
			continue
		}
		segment := []byte{kind, byte(len(asns))}
		for _, asn := range asns {
			segment = binary.BigEndian.AppendUint32(segment, asn)
		}
		if kind == 2 {
			path = append(segment, path...)
		} else {
			path = append(path, segment...)
		}
	}
	if len(a.confederation) > 0 {
		segment := []byte{3, byte(len(a.confederation))}
		for _, asn := range a.confederation {
			segment = binary.BigEndian.AppendUint32(segment, asn)
		}
		path = append(segment, path...)
	}
	block := append([]byte{0x50, 2, byte(len(path) >> 8), byte(len(path))}, path...)
	if a.hop.Is4() {
		block = append(append(block, 0x40, 3, 4), a.hop.AsSlice()...)
	} else if a.hop.Is6() {
		block = append(append(block, 0x80, 14, 17, 16), a.hop.AsSlice()...)
	}
	if len(a.communities) > 0 {
		block = append(block, 0xc0, 8, byte(4*len(a.communities)))
		for _, c := range a.communities {
			block = binary.BigEndian.AppendUint32(block, c)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(a.others)) {
		block = append(append(block, slowFlags[kind], byte(kind), byte(len(a.others[kind]))), a.others[kind]...)
	}
	return block
}

var slowFlags = map[bgp.AttributeType]byte{6: 0x40, 7: 0xc0, 16: 0xc0, 26: 0x80, 32: 0xc0, 35: 0xc0}

// has lists what table_stats counts of the attributes.
func (a announced) has() (keys []string) {
	for key, yes := range map[string]bool{
		"communities": len(a.communities) > 0, "extended-communities": a.others[16] != nil, "large-communities": a.others[32] != nil,
		"blackhole": slices.Contains(a.communities, 65535<<16|666), "graceful-shutdown": slices.Contains(a.communities, 65535<<16),
		"no-export": slices.Contains(a.communities, 0xffffff01), "no-advertise": slices.Contains(a.communities, 0xffffff02),
		"no-export-subconfed": slices.Contains(a.communities, 0xffffff03), "no-peer": slices.Contains(a.communities, 0xffffff04),
		"otc": a.others[35] != nil, "aigp": a.others[26] != nil, "atomic-aggregate": a.others[6] != nil, "aggregator": a.others[7] != nil,
		"private-aggregator": a.others[7] != nil && slowPrivate(binary.BigEndian.Uint32(a.others[7])),
		"as-set":             len(a.set) > 0, "confederation": len(a.confederation) > 0, "prepended": len(a.stripped()) < len(a.sequence),
		"ipv6-next-hop": a.prefix.Addr().Is4() && a.hop.Is6(),
	} {
		if yes {
			keys = append(keys, key)
		}
	}
	return keys
}

func slowPrivate(asn uint32) bool {
	return asn >= 64512 && asn <= 65534 || asn >= 4200000000 && asn <= 4294967294
}

// slowMarks counts them by entries and, of all peers together, by prefixes, and the next hops.
func slowMarks(routes []announced, family int, all bool) map[string]float64 {
	m := map[string]float64{}
	prefixes, hops := map[string]map[netip.Prefix]bool{}, map[netip.Addr]bool{}
	if all {
		for _, key := range strings.Fields("communities extended-communities large-communities blackhole graceful-shutdown no-export no-advertise no-export-subconfed " +
			"no-peer otc aigp atomic-aggregate aggregator private-aggregator as-set confederation prepended ipv6-next-hop") {
			m["attribute_entries "+key], m["attribute_prefixes "+key] = 0, 0
			prefixes[key] = map[netip.Prefix]bool{}
		}
	}
	for _, a := range routes {
		if familyOf(a.prefix) != family {
			continue
		}
		for _, key := range a.has() {
			m["attribute_entries "+key]++
			if all {
				prefixes[key][a.prefix] = true
			}
		}
		if a.hop.IsValid() {
			hops[a.hop] = true
		}
	}
	for key, of := range prefixes {
		m["attribute_prefixes "+key] = float64(len(of))
	}
	m["next_hops "] = float64(len(hops))
	return m
}

// decorate adds attributes that routes may have.
func (a *announced) decorate(random *rand.Rand) {
	value := func(n int) []byte { return make([]byte, n) }
	a.others = map[bgp.AttributeType][]byte{}
	for kind, v := range map[bgp.AttributeType][]byte{
		6: {}, 7: binary.BigEndian.AppendUint32(nil, []uint32{3, 64511, 64512, 65534, 65535, 4199999999, 4200000000, 4294967294, 4294967295}[a.peer*5%9]),
		16: value(16), 26: value(11), 32: value(12), 35: value(4),
	} {
		if kind == 7 {
			v = append(v, 192, 0, 2, 1)
		}
		if (uint64(kind)*2654435761+uint64(a.peer)*40503+uint64(a.prefix.Bits())*97)%4 == 0 {
			a.others[kind] = v
		}
	}
	for range random.IntN(4) {
		a.communities = append(a.communities, []uint32{1, 0xffff0000, 0xffff029a, 0xffff029b, 0xffffff01, 0xffffff02, 0xffffff03, 0xffffff04, 65000<<16 | 666}[random.IntN(9)])
	}
	for range max(0, random.IntN(6)-3) {
		a.confederation = append(a.confederation, 65001)
	}
	switch n := byte(random.IntN(3)); {
	case random.IntN(5) == 0:
	case random.IntN(2) == 0 || a.prefix.Addr().Is6():
		a.hop = netip.AddrFrom16([16]byte{0x20, 1, 15: n})
	default:
		a.hop = netip.AddrFrom4([4]byte{192, 0, 2, n})
	}
}

func slowFilter(p netip.Prefix) string {
	switch n := p.Bits(); {
	case n == 0:
		return "default-route"
	case p.Addr().Is4() && n < 8 || p.Addr().Is6() && n < 16:
		return "too-short"
	case p.Addr().Is4() && n > 24 || p.Addr().Is6() && n > 48:
		return "too-long"
	}
	return ""
}

// slowReserved is the list of RFC 5398, 6996, 7300 and 7607, and what IANA keeps between them.
func slowReserved(asn uint32) bool {
	for _, r := range [][2]uint32{{0, 0}, {64496, 64511}, {64512, 65534}, {65535, 65535}, {65536, 65551}, {65552, 131071}, {4200000000, 4294967295}} {
		if asn >= r[0] && asn <= r[1] {
			return true
		}
	}
	return false
}

// slowCover is the longest other prefix that covers p, among those that stay in the table.
func slowCover(p netip.Prefix, all map[netip.Prefix]bool) (cover netip.Prefix) {
	for q := range all {
		if slowFilter(q) == "" && q != p && q.Bits() < p.Bits() && q.Contains(p.Addr()) && (!cover.IsValid() || q.Bits() > cover.Bits()) {
			cover = q
		}
	}
	return cover
}

// slowSpan adds the prefixes up address range by address range.
func slowSpan(all map[netip.Prefix]bool) float64 {
	type edge struct {
		at   string // big endian
		step int
	}
	unit := uint(0)
	number := func(p netip.Prefix, end bool) string {
		n := new(big.Int).SetBytes(p.Addr().AsSlice())
		if end {
			n.Add(n, new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-p.Bits())))
		}
		return fmt.Sprintf("%040x", n)
	}
	var edges []edge
	for p := range all {
		edges = append(edges, edge{number(p, false), 1}, edge{number(p, true), -1})
		if p.Addr().Is6() {
			unit = 64
		}
	}
	slices.SortFunc(edges, func(a, b edge) int {
		if a.at != b.at {
			return map[bool]int{true: -1, false: 1}[a.at < b.at]
		}
		return b.step - a.step
	})
	sum, depth := new(big.Int), 0
	var from *big.Int
	for _, e := range edges {
		at, _ := new(big.Int).SetString(e.at, 16)
		if depth == 0 {
			from = at
		}
		if depth += e.step; depth == 0 {
			sum.Add(sum, at.Sub(at, from))
		}
	}
	f, _ := new(big.Float).SetInt(sum.Rsh(sum, unit)).Float64()
	return f
}

// slowFull tells which peers send a full table of a family.
func slowFull(routes []announced, family, peers int) (full []bool) {
	tables := make([]map[netip.Prefix]bool, peers)
	for i := range tables {
		tables[i] = map[netip.Prefix]bool{}
	}
	largest := 0
	for _, a := range routes {
		if familyOf(a.prefix) == family {
			tables[a.peer][a.prefix] = true
			largest = max(largest, len(tables[a.peer]))
		}
	}
	carriedBy, large := map[netip.Prefix]int{}, 0
	for _, t := range tables {
		if float64(len(t)) > float64(largest)/2 {
			large++
			for p := range t {
				carriedBy[p]++
			}
		}
	}
	full = make([]bool, peers)
	for i, t := range tables {
		size, has := 0, 0
		for p, n := range carriedBy {
			if float64(n) >= float64(large)/2 {
				size++
				if t[p] {
					has++
				}
			}
		}
		full[i] = size > 0 && float64(has) >= 0.9*float64(size)
	}
	return full
}

func familyOf(p netip.Prefix) int {
	if p.Addr().Is4() {
		return 4
	}
	return 6
}

// slowStats are the metrics as "name key".
func slowStats(routes []announced, family int, measured func(peer int) bool) map[string]float64 {
	all, kept := map[netip.Prefix]bool{}, map[netip.Prefix]bool{}
	pairs, paths := map[string]bool{}, map[string]bool{}
	origins, transits := map[uint32]bool{}, map[uint32]bool{}
	ofPrefix, withSet := map[netip.Prefix]map[uint32]bool{}, map[netip.Prefix]bool{}
	var stripped, sent, extra []int
	m := map[string]float64{}
	for _, a := range routes {
		if familyOf(a.prefix) != family {
			continue
		}
		m["entries "]++
		all[a.prefix] = true
		if slowFilter(a.prefix) != "" {
			continue
		}
		kept[a.prefix] = true
		pairs[fmt.Sprint(a.prefix, a.origin(), a.setText())] = true
		paths[fmt.Sprint(a.stripped(), a.setText())] = true
		transit := a.stripped()
		if len(a.set) == 0 {
			transit = transit[:len(transit)-1]
			origins[a.origin()] = true
			if ofPrefix[a.prefix] == nil {
				ofPrefix[a.prefix] = map[uint32]bool{}
			}
			ofPrefix[a.prefix][a.origin()] = true
		} else {
			withSet[a.prefix] = true
		}
		for _, asn := range transit {
			transits[asn] = true
		}
		if measured(a.peer) {
			x, y := a.length()
			sent, stripped, extra = append(sent, x), append(stripped, y), append(extra, x-y)
		}
	}
	m["all_prefixes "], m["prefixes "], m["routes "] = float64(len(all)), float64(len(kept)), float64(len(pairs))
	m["unique_paths "], m["origin_ases "], m["transit_ases "] = float64(len(paths)), float64(len(origins)), float64(len(transits))
	m["as_set_prefixes "] = float64(len(withSet))
	m["stub_ases "], m["asns_32bit "], m["moas_prefixes "], m["root_prefixes "], m["more_specific_prefixes "] = 0, 0, 0, 0, 0
	for asn := range origins {
		if !transits[asn] {
			m["stub_ases "]++
		}
		if asn > math.MaxUint16 {
			m["asns_32bit "]++
		}
	}
	for p := range all {
		if why := slowFilter(p); why != "" {
			m["left_out "+why]++
			continue
		}
		m["prefixes_by_length "+strconv.Itoa(p.Bits())]++
		if len(ofPrefix[p]) > 1 {
			m["moas_prefixes "]++
		}
		if slowCover(p, all).IsValid() {
			m["more_specific_prefixes "]++
		} else {
			m["root_prefixes "]++
		}
	}
	m["address_span "] = slowSpan(kept)
	for name, lengths := range map[string][]int{"path_length": stripped, "path_length_sent": sent} {
		if len(lengths) == 0 {
			continue
		}
		slices.Sort(lengths)
		sum := 0
		for _, n := range lengths {
			sum += n
		}
		at := func(share float64) float64 { return float64(lengths[int(math.Ceil(share*float64(len(lengths))))-1]) }
		m[name+"_mean "] = float64(sum) / float64(len(lengths))
		m[name+"_median "], m[name+"_p90 "], m[name+"_max "] = at(0.5), at(0.9), float64(lengths[len(lengths)-1])
	}
	if len(extra) > 0 {
		m["path_prepended_share "], m["path_prepending_max "] = 0, float64(slices.Max(extra))
		for _, n := range extra {
			if n > 0 {
				m["path_prepended_share "] += 1 / float64(len(extra))
			}
		}
		m["path_prepended_share "] = math.Round(m["path_prepended_share "]*float64(len(extra))) / float64(len(extra))
	}
	return m
}

// someRoutes makes a small table in which prefixes cover each other, origins differ, and one peer carries a part only.
func someRoutes(random *rand.Rand) (routes []announced, peers int) {
	peers = 1 + random.IntN(6)
	asn := func() uint32 { return []uint32{1, 2, 3, 4, 5, 6, 65535, 65536, 4200000000}[random.IntN(9)] }
	for range 1 + random.IntN(60) {
		address, lengths := netip.AddrFrom4([4]byte{10, byte(random.IntN(4)), byte(random.IntN(4)), byte(random.IntN(256))}), []int{0, 6, 8, 9, 15, 16, 22, 23, 24, 25, 32}
		if random.IntN(3) == 0 {
			address = netip.AddrFrom16([16]byte{0x20, 1, byte(random.IntN(4)), byte(random.IntN(4)), byte(random.IntN(256)), 0, 0, byte(random.IntN(256))})
			lengths = []int{0, 12, 16, 20, 32, 33, 47, 48, 49, 64, 128}
		}
		prefix := netip.PrefixFrom(address, lengths[random.IntN(len(lengths))]).Masked()
		for peer := range peers {
			if random.IntN(8) == 0 || peer == 0 && peers > 1 && random.IntN(2) == 0 {
				continue
			}
			if slices.ContainsFunc(routes, func(a announced) bool { return a.prefix == prefix && a.peer == peer }) {
				continue
			}
			a := announced{prefix: prefix, peer: peer}
			for range 1 + random.IntN(5) {
				a.sequence = append(a.sequence, asn())
			}
			for range max(0, random.IntN(8)-5) {
				a.set = append(a.set, asn())
			}
			a.decorate(random)
			routes = append(routes, a)
		}
	}
	random.Shuffle(len(routes), func(i, j int) { routes[i], routes[j] = routes[j], routes[i] })
	return routes, peers
}

// collect feeds the routes to the code under test.
func collectRIB(t *testing.T, routes []announced, peers int) *rib {
	t.Helper()
	r := newRIB()
	for i := range peers {
		r.peers = append(r.peers, mrt.Peer{Address: netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), ASN: uint32(1 + i%3)})
	}
	var tally table.Tally
	for _, a := range routes {
		afi := bgp.IPv4
		if a.prefix.Addr().Is6() {
			afi = bgp.IPv6
		}
		r.add(&mrt.Entry{Family: bgp.Family{AFI: afi, SAFI: bgp.Unicast}, Prefix: a.prefix, Peer: a.peer, Attributes: a.attributes(), Form: bgp.Form{ASSize: 4, RIB: true}}, &tally)
	}
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	entries := uint32(0)
	for _, a := range r.routes {
		entries += a.entries
	}
	if int(entries) != len(routes) {
		t.Fatalf("%d entries of %d", entries, len(routes))
	}
	r.sort()
	return r
}

// slowSpecifics sorts the prefixes of a peer by how their route differs from that of its longest prefix around them, and
// the space of each by taking away what the peer's prefixes inside it cover.
func slowSpecifics(routes []announced, family int) map[string]float64 {
	kept, paths, origins := map[netip.Prefix]bool{}, map[netip.Prefix]string{}, map[netip.Prefix]string{}
	for _, a := range routes {
		if familyOf(a.prefix) == family && slowFilter(a.prefix) == "" {
			kept[a.prefix] = true
			paths[a.prefix] = fmt.Sprint(a.stripped(), a.setText())
			origins[a.prefix] = fmt.Sprint(a.origin(), a.setText())
		}
	}
	m := map[string]float64{}
	for _, as := range []string{"same", "other"} {
		m["more_specific_"+as+"_path "], m["more_specific_span "+as+"-path"] = 0, 0
	}
	m["more_specific_other_origin "], m["more_specific_span other-origin"] = 0, 0
	for p := range kept {
		cover := slowCover(p, kept)
		if !cover.IsValid() {
			continue
		}
		as, key := "other_origin", "other-origin"
		if paths[cover] == paths[p] {
			as, key = "same_path", "same-path"
		} else if origins[cover] == origins[p] {
			as, key = "other_path", "other-path"
		}
		inside := map[netip.Prefix]bool{}
		for q := range kept {
			if q != p && q.Bits() > p.Bits() && p.Contains(q.Addr()) {
				inside[q] = true
			}
		}
		m["more_specific_"+as+" "]++
		m["more_specific_span "+key] += slowSpan(map[netip.Prefix]bool{p: true}) - slowSpan(inside)
	}
	return m
}

func isSpecific(name string) bool {
	return strings.HasPrefix(name, "more_specific_s") || strings.HasPrefix(name, "more_specific_o")
}

// slowLinks counts the neighbours of each AS in a matrix.
func slowLinks(routes []announced, family int) map[string]float64 {
	beside := map[uint32]map[uint32]bool{}
	for _, a := range routes {
		if familyOf(a.prefix) != family || slowFilter(a.prefix) != "" {
			continue
		}
		path := a.stripped()
		for i := range path {
			for _, j := range []int{i - 1, i + 1} {
				if j < 0 || j >= len(path) || path[i] == path[j] {
					continue
				}
				if beside[path[i]] == nil {
					beside[path[i]] = map[uint32]bool{}
				}
				beside[path[i]][path[j]] = true
			}
		}
	}
	m, ends := map[string]float64{}, 0
	for _, others := range beside {
		m["ases_by_degree "+strconv.Itoa(len(others))]++
		ends += len(others)
	}
	if ends > 0 {
		m["as_links "] = float64(ends / 2)
	}
	return m
}

func TestMetricsLikeTwin(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		routes, peers := someRoutes(rand.New(rand.NewPCG(seed, 1)))
		ordered := seed%2 == 0 // as dumps are
		if ordered {
			slices.SortStableFunc(routes, func(a, b announced) int { return netaddr.ComparePrefixes(a.prefix, b.prefix) })
		}
		r := collectRIB(t, routes, peers)
		feeds := r.feeds()
		for _, fam := range []int{4, 6} {
			full := slowFull(routes, fam, peers)
			for p, f := range feeds {
				if f.full(uint32(fam)) != full[p] {
					t.Fatalf("seed %d: peer %d full for IPv%d: %v, the twin says %v", seed, p, fam, f.full(uint32(fam)), full[p])
				}
			}
			together, each := r.vantages(uint32(fam))
			compare := func(what string, stats *tableStats, carries, measures func(uint32) bool) {
				var of []announced
				for _, a := range routes {
					if carries(uint32(a.peer)) {
						of = append(of, a)
					}
				}
				got := map[string]float64{}
				for _, row := range stats.rows(datasets.TableStat{}) {
					got[row.Metric+" "+row.Key] = row.Value
				}
				want := slowStats(of, fam, func(p int) bool { return measures(uint32(p)) })
				if vantage := stats.specifics != nil; vantage && ordered {
					maps.Copy(want, slowSpecifics(of, fam))
				} else if vantage { // the prefixes may be in their order by chance
					maps.DeleteFunc(got, func(name string, _ float64) bool { return isSpecific(name) })
				}
				if stats == together || what == "all peers" || what == "all peers, lengths of full feeds" {
					maps.Copy(want, slowLinks(of, fam))
				}
				maps.Copy(want, slowMarks(of, fam, stats.marks.all))
				if _, any := want["entries "]; !any {
					return
				}
				if !maps.Equal(got, want) {
					t.Fatalf("seed %d, IPv%d, %s:\n got %v\nwant %v", seed, fam, what, got, want)
				}
			}
			everybody := func(uint32) bool { return true }
			fullOnly, all := *together, *together
			for p, stats := range each {
				all.measure(stats)
				if full[p] {
					fullOnly.measure(stats)
				}
				only := func(q uint32) bool { return q == uint32(p) }
				compare(fmt.Sprintf("peer %d", p), stats, only, only)
			}
			compare("all peers", &all, everybody, everybody)
			compare("all peers, lengths of full feeds", &fullOnly, everybody, func(p uint32) bool { return full[p] })
		}
	}
}

func TestRoutesLikeTwin(t *testing.T) {
	t.Parallel()
	for seed := range uint64(25) {
		routes, peers := someRoutes(rand.New(rand.NewPCG(seed, 2)))
		store := &table.Store{Dir: t.TempDir(), Program: "test"}
		into := store.Begin()
		key := table.Key{Name: "twin"}
		out, err := datasets.Routes.Create(into, key)
		if err != nil {
			t.Fatal(err)
		}
		r := collectRIB(t, routes, peers)
		if err := r.write(dump{}, key, out, into); err != nil {
			t.Fatal(err)
		}
		manifests, err := into.Commit()
		if err != nil {
			t.Fatal(err)
		}
		full := map[int][]bool{4: slowFull(routes, 4, peers), 6: slowFull(routes, 6, peers)}
		all, rows := map[netip.Prefix]bool{}, map[string]bool{}
		for _, a := range routes {
			all[a.prefix] = true
			rows[fmt.Sprint(a.prefix, " ", a.origin(), a.setText())] = true
		}
		for row, err := range datasets.Routes.Scan(store.Path(manifests[0])) {
			if err != nil {
				t.Fatal(err)
			}
			id := fmt.Sprint(row.Prefix, " ", row.OriginASN, row.OriginSet)
			if !rows[id] {
				t.Fatalf("seed %d: %s stands twice, or nobody announced it", seed, id)
			}
			delete(rows, id)
			p := netip.MustParsePrefix(row.Prefix)
			want := datasets.Route{
				DumpTime: row.DumpTime, Family: uint32(familyOf(p)), Prefix: p.String(), PrefixLength: uint32(p.Bits()), OriginASN: row.OriginASN,
				OriginSet: row.OriginSet, LeftOut: slowFilter(p),
			}
			peers, ofOrigin, fullFeeds := int64(0), int64(0), int64(0)
			shortest, longest, strippedSum, sentSum := int64(99), int64(0), 0.0, 0.0
			if cover := slowCover(p, all); cover.IsValid() && want.LeftOut == "" {
				want.CoveringPrefix = cover.String()
			}
			ases := map[uint32]bool{}
			for _, a := range routes {
				if a.prefix != p || a.origin() != row.OriginASN || a.setText() != row.OriginSet {
					continue
				}
				peers++
				want.SeenBy = append(want.SeenBy, uint32(a.peer))
				asn := uint32(1 + a.peer%3)
				ases[asn] = true
				if asn == a.origin() {
					ofOrigin++
				}
				if full[familyOf(p)][a.peer] {
					fullFeeds++
				}
				sent, stripped := a.length()
				shortest, longest, strippedSum = min(shortest, int64(stripped)), max(longest, int64(stripped)), strippedSum+float64(stripped)
				left := a.stripped()
				if len(a.set) == 0 {
					left = left[:max(0, len(left)-1)]
				}
				for _, asn := range left {
					if slowReserved(asn) {
						want.ReservedASNs = append(want.ReservedASNs, asn)
					}
				}
				sentSum += float64(sent)
			}
			slices.Sort(want.SeenBy)
			slices.Sort(want.ReservedASNs)
			want.ReservedASNs = slices.Compact(want.ReservedASNs)
			distinct, mean, sentMean := int64(len(ases)), strippedSum/float64(peers), sentSum/float64(peers)
			want.Peers, want.PeerASes, want.OriginPeers, want.FullFeedPeers = &peers, &distinct, &ofOrigin, &fullFeeds
			want.PathLengthMin, want.PathLengthMax, want.PathLengthMean, want.PathSentMean = &shortest, &longest, &mean, &sentMean
			if got, want := shown(row), shown(want); got != want {
				t.Fatalf("seed %d:\n got %s\nwant %s", seed, got, want)
			}
		}
		if len(rows) > 0 {
			t.Fatalf("seed %d: missing %v", seed, rows)
		}
	}
}

// shown returns a route of a dump as text, with the values of its nullable columns instead of their addresses.
func shown(r datasets.Route) string {
	values := fmt.Sprint(*r.Peers, *r.PeerASes, *r.OriginPeers, *r.FullFeedPeers, *r.PathLengthMin, *r.PathLengthMax, *r.PathLengthMean, *r.PathSentMean)
	r.Peers, r.PeerASes, r.OriginPeers, r.FullFeedPeers, r.PathLengthMin, r.PathLengthMax, r.PathLengthMean, r.PathSentMean = nil, nil, nil, nil, nil, nil, nil, nil
	return fmt.Sprint(r, values)
}
