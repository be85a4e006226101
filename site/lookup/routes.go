package lookup

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tidemark/datasets"
	"tidemark/internal/legible"
)

// route is a prefix with one of its origins. A table has more than a million: texts are kept once, and their places here.
type route struct {
	high, low uint64 // of the address; of IPv4 only the upper half of high
	origin    uint32 // 0: none, or an AS_SET
	carried   int32  // full feeds that carry it; -1: unknown
	state     uint32
	holder    uint32
	reason    uint32
	specifics uint32 // more specific prefixes
	bits      uint8
	ipv6      bool
}

// state is how routes are judged; many share one.
type state struct {
	ROV         string `json:"rov"`
	Verdict     string `json:"verdict"`
	Bogon       string `json:"bogon"`
	BogonReason string `json:"reason,omitempty"`
	LeftOut     string `json:"left_out,omitempty"`
	Set         string `json:"set,omitempty"` // members of the AS_SET in the place of an origin
	MOAS        bool   `json:"moas,omitempty"`
}

// routeTable is a table of routes in the order of their addresses.
type routeTable struct {
	routes   []route
	states   []state
	texts    []string // holders and reasons; the first is empty
	families map[string]Basis
}

// ownPayload is the reason of a route whose own prefix and origin are the payload that decides.
const ownPayload = "="

// none marks a field without a value.
const none = "-"

func (r *route) addr() netip.Addr {
	if r.ipv6 {
		var b [16]byte
		binary.BigEndian.PutUint64(b[:8], r.high)
		binary.BigEndian.PutUint64(b[8:], r.low)
		return netip.AddrFrom16(b)
	}
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(r.high>>32))
	return netip.AddrFrom4(b)
}

func (r *route) prefix() netip.Prefix { return netip.PrefixFrom(r.addr(), int(r.bits)) }

// samePrefix reports whether two routes have the same prefix.
func (r *route) samePrefix(o *route) bool {
	return r.ipv6 == o.ipv6 && r.high == o.high && r.low == o.low && r.bits == o.bits
}

// contains reports whether the prefix of r is that of o or covers it.
func (r *route) contains(o *route) bool {
	if r.ipv6 != o.ipv6 || r.bits > o.bits {
		return false
	}
	high, low := mask(r.bits)
	return (r.high^o.high)&high == 0 && (r.low^o.low)&low == 0
}

// mask returns the bits of an address that belong to a prefix of that length.
func mask(bits uint8) (high, low uint64) {
	high = ^uint64(0) << (64 - min(bits, 64))
	if bits > 64 {
		low = ^uint64(0) << (128 - bits)
	}
	return high, low
}

// span returns how many IPv4 addresses, or IPv6 /64s, the prefix has.
func (r *route) span() float64 {
	if r.ipv6 {
		return math.Exp2(float64(64 - int(r.bits)))
	}
	return math.Exp2(float64(32 - int(r.bits)))
}

func (r *route) family() string {
	if r.ipv6 {
		return "6"
	}
	return "4"
}

func compareRoutes(a, b route) int {
	if a.ipv6 != b.ipv6 {
		if b.ipv6 {
			return -1
		}
		return 1
	}
	return cmp.Or(cmp.Compare(a.high, b.high), cmp.Compare(a.low, b.low), cmp.Compare(a.bits, b.bits), cmp.Compare(a.origin, b.origin))
}

// read returns the routes of the hour.
func (s *Source) read() (*routeTable, error) {
	rows := int64(0)
	for _, m := range s.states {
		rows += m.Rows
	}
	t := &routeTable{routes: make([]route, 0, rows), texts: []string{""}, families: map[string]Basis{}}
	texts, states := map[string]uint32{"": 0}, map[state]uint32{}
	text := func(text string) uint32 {
		at, known := texts[text]
		if !known {
			text = strings.Clone(text) // it is a part of a column
			at = uint32(len(t.texts))
			texts[text] = at
			t.texts = append(t.texts, text)
		}
		return at
	}
	days := map[string]map[[4]string]bool{"4": {}, "6": {}}
	columns := []string{"family", "prefix", "origin_asn", "origin_set", "left_out", "full_feed_peers", "full_feed_total", "full_feed_ases", "verdict", "moas", "bogon_class",
		"bogon_reason", "special_registry_date", "space_registry_date", "rov_state", "rov_reason", "roa_date", "roa_anchors", "delegation"}
	for row, err := range datasets.RouteStates.ScanColumns(columns, s.paths(s.states)...) {
		if err != nil {
			return nil, err
		}
		p, err := netip.ParsePrefix(row.Prefix)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.states[0].File, err)
		}
		r := route{origin: row.OriginASN, carried: -1, bits: uint8(p.Bits()), ipv6: p.Addr().Is6()}
		if b := p.Masked().Addr().As16(); r.ipv6 {
			r.high, r.low = binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
		} else {
			r.high = uint64(binary.BigEndian.Uint32(b[12:])) << 32
		}
		if row.FullFeedPeers != nil {
			r.carried = int32(*row.FullFeedPeers)
		}
		judged := state{row.ROVState, row.Verdict, row.BogonClass, row.BogonReason, row.LeftOut, row.OriginSet, row.MOAS}
		at, known := states[judged]
		if !known {
			judged = state{strings.Clone(row.ROVState), strings.Clone(row.Verdict), strings.Clone(row.BogonClass), strings.Clone(row.BogonReason),
				strings.Clone(row.LeftOut), strings.Clone(row.OriginSet), row.MOAS}
			at = uint32(len(t.states))
			states[judged] = at
			t.states = append(t.states, judged)
		}
		r.state = at
		holder := row.Holder
		if fields := strings.Fields(holder); len(fields) > 3 {
			holder = strings.Join(fields[:3], " ") // the handle of the holder would make each of them another text
		}
		r.holder = text(holder)
		if reason := row.ROVReason; reason == row.Prefix+"-"+strconv.Itoa(p.Bits())+" AS"+strconv.FormatUint(uint64(row.OriginASN), 10) {
			r.reason = text(ownPayload)
		} else {
			r.reason = text(reason)
		}
		t.routes = append(t.routes, r)
		b := t.families[r.family()]
		b.Routes++
		if row.ROVState == "unknown" {
			b.UnknownROV++
		}
		b.FullFeeds, b.FeedASes = most(b.FullFeeds, row.FullFeedTotal), most(b.FeedASes, row.FullFeedASes)
		t.families[r.family()] = b
		if key := [4]string{row.ROADate, row.ROAAnchors, row.SpaceDate, row.SpecialDate}; !days[r.family()][key] {
			for i := range key {
				key[i] = strings.Clone(key[i])
			}
			days[r.family()][key] = true
		}
	}
	slices.SortFunc(t.routes, func(a, b route) int {
		return cmp.Or(compareRoutes(a, b), strings.Compare(t.states[a.state].Set, t.states[b.state].Set))
	})
	for family, b := range t.families {
		for key := range days[family] {
			for i, into := range []*string{&b.Payloads, &b.Anchors, &b.Registries, &b.Special} {
				*into = union(*into, key[i])
			}
		}
		t.families[family] = b
	}
	t.countSpecifics()
	return t, nil
}

// most returns the larger of two numbers that may be unknown.
func most(a, b *int64) *int64 {
	if b == nil || a != nil && *a >= *b {
		return a
	}
	n := *b
	return &n
}

// union returns what either of two comma-separated lists has, in order.
func union(a, b string) string {
	all := append(strings.Split(a, ","), strings.Split(b, ",")...)
	slices.Sort(all)
	return strings.TrimPrefix(strings.Join(slices.Compact(all), ","), ",")
}

// countSpecifics counts the more specific prefixes of each, and the prefixes of each family.
func (t *routeTable) countSpecifics() {
	var above []int // first routes of the prefixes that cover the one at hand
	for i := range t.routes {
		r := &t.routes[i]
		if i > 0 && r.samePrefix(&t.routes[i-1]) {
			continue
		}
		b := t.families[r.family()]
		b.Prefixes++
		t.families[r.family()] = b
		above = t.covering(above, r)
		for _, at := range above {
			t.routes[at].specifics++
		}
		above = append(above, i)
	}
	for i := range t.routes[:max(0, len(t.routes)-1)] {
		if next := &t.routes[i+1]; next.samePrefix(&t.routes[i]) {
			next.specifics = t.routes[i].specifics
		}
	}
}

// covering returns those of the prefixes that cover a route's.
func (t *routeTable) covering(above []int, r *route) []int {
	for len(above) > 0 && !t.routes[above[len(above)-1]].contains(r) {
		above = above[:len(above)-1]
	}
	return above
}

// prefixKey returns a prefix as it is a part of a file's name: colons become hyphens and the slash a low line.
func prefixKey(prefix string) string { return strings.NewReplacer("/", "_", ":", "-").Replace(prefix) }

// writePrefixes makes the scripts of prefixes, and returns the first prefix of each. Each begins with the routes that cover its first
// prefix, so that it alone tells what covers any of its addresses.
func (t *routeTable) writePrefixes(names map[uint32]asName, add func(string, []byte) error) (firsts []string, err error) {
	const folder = "prefix/"
	var now *shard
	var rows *lines
	var above []int
	write := func(i int) {
		r := &t.routes[i]
		state := t.states[r.state]
		state.BogonReason, state.Set = legible.Text(state.BogonReason), legible.Text(state.Set)
		place := func(text uint32) string {
			switch t.texts[text] {
			case "":
				return none
			case ownPayload:
				return ownPayload
			}
			return now.text(legible.Text(t.texts[text]))
		}
		if r.origin != 0 {
			now.name(r.origin, names)
		}
		now.size += rows.add(r.prefix().String(), strconv.FormatUint(uint64(r.origin), 10), carried(r.carried), now.state(state), place(r.holder), place(r.reason),
			strconv.FormatUint(uint64(r.specifics), 10))
	}
	flush := func() error {
		if now == nil {
			return nil
		}
		now.Rows = rows.text.String()
		content, err := now.script(folder)
		if err != nil {
			return err
		}
		return add(Folder+folder+now.key+".js", content)
	}
	for i := range t.routes {
		r := &t.routes[i]
		if i > 0 && r.samePrefix(&t.routes[i-1]) {
			write(i)
			continue
		}
		above = t.covering(above, r)
		if now == nil || now.size >= minShard {
			if text := r.prefix().String(); now == nil || now.full(text) {
				if err := flush(); err != nil {
					return nil, err
				}
				now, rows = newShard(prefixKey(text)), &lines{}
				firsts = append(firsts, text)
				for _, at := range above {
					for j := at; t.routes[j].samePrefix(&t.routes[at]); j++ {
						write(j)
					}
				}
			}
		}
		above = append(above, i)
		write(i)
	}
	return firsts, flush()
}

// carried returns how many full feeds carry a route.
func carried(n int32) string {
	if n < 0 {
		return none
	}
	return strconv.Itoa(int(n))
}

// number parses an AS number.
func number(text string) (uint32, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return uint32(n), err == nil
}
