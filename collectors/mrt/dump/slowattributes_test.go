package dump_test

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// slowAttrs are the attributes of a block: the value of the first of each type, as far as it is well formed.
type slowAttrs struct {
	good     map[int][]byte
	flags    map[int]int
	order    []int // types, in the order sent
	met      map[int]bool
	problems []string
	as       int
	table    bool
}

var slowNames = map[int]string{
	1: "ORIGIN", 2: "AS_PATH", 3: "NEXT_HOP", 4: "MULTI_EXIT_DISC", 5: "LOCAL_PREF", 6: "ATOMIC_AGGREGATE", 7: "AGGREGATOR", 8: "COMMUNITIES",
	9: "ORIGINATOR_ID", 10: "CLUSTER_LIST", 14: "MP_REACH_NLRI", 15: "MP_UNREACH_NLRI", 16: "EXTENDED COMMUNITIES", 17: "AS4_PATH", 18: "AS4_AGGREGATOR",
	32: "LARGE_COMMUNITY", 35: "OTC",
}

func slowName(kind int) string {
	if name, ok := slowNames[kind]; ok {
		return name
	}
	return fmt.Sprintf("attribute %d", kind)
}

// slowFlags are the Optional and Transitive bits by type (RFC 4271 section 5, 1997, 4360, 4456, 4760, 6793, 8092, 9234).
var slowFlags = map[int]int{1: 1, 2: 1, 3: 1, 4: 2, 5: 1, 6: 1, 7: 3, 8: 3, 9: 2, 10: 2, 14: 2, 15: 2, 16: 3, 17: 3, 18: 3, 32: 3, 35: 3}

func (a *slowAttrs) need(kind int, name string) {
	if !a.met[kind] {
		a.problems = append(a.problems, "missing "+name)
	}
}

// slowAttributes reads a block (RFC 4271 section 4.3). It is not ok if the block cannot be followed, or if an attribute with
// NLRI appears twice (RFC 7606 section 3 (g)).
func slowAttributes(block []byte, as int, table bool) (a *slowAttrs, ok bool) {
	a = &slowAttrs{good: map[int][]byte{}, flags: map[int]int{}, met: map[int]bool{}, as: as, table: table}
	b := octets{block}
	ok = true
	if !try(func() {
		for len(b.b) > 0 && ok {
			flags, kind := int(b.number(1)), int(b.number(1))
			size := 1
			if flags&0x10 != 0 {
				size = 2
			}
			value := b.take(int(b.number(size)))
			if a.met[kind] {
				ok = kind != 14 && kind != 15
				a.problems = append(a.problems, "repeated "+slowName(kind))
				continue
			}
			a.met[kind] = true
			if want, known := slowFlags[kind]; known && want != flags>>6 && !table {
				a.problems = append(a.problems, "wrong flags of "+slowName(kind))
			}
			if !a.check(kind, value) {
				a.problems = append(a.problems, "malformed "+slowName(kind))
				continue
			}
			a.good[kind], a.flags[kind] = value, flags
			a.order = append(a.order, kind)
		}
	}) {
		return a, false
	}
	return a, ok
}

func (a *slowAttrs) check(kind int, v []byte) bool {
	n := len(v)
	switch kind {
	case 1:
		return n == 1 && v[0] <= 2
	case 2:
		_, ok := slowPath(v, a.as)
		return ok
	case 3, 4, 5, 9, 35:
		return n == 4
	case 6:
		return n == 0
	case 7: // two octets only between speakers of two
		return n == 8 || n == 6 && a.as == 2
	case 8, 10:
		return n > 0 && n%4 == 0
	case 16:
		return n > 0 && n%8 == 0
	case 32:
		return n > 0 && n%12 == 0
	case 18:
		return n == 8 && (v[0]|v[1]|v[2]|v[3]) != 0
	case 14:
		return slowReach(v, a.table).ok
	case 15:
		return n >= 3
	}
	return true
}

// segment is a part of a path: an AS of a sequence, or a set or confederation segment.
type slowSegment struct {
	text, json string
	counts     int
	confed     bool
	last       uint64 // of a sequence
	zero       bool
}

// slowPath reads an AS_PATH (RFC 4271 section 4.3, RFC 5065 section 3, RFC 7606 section 7.2).
func slowPath(v []byte, as int) (path []slowSegment, ok bool) {
	b := octets{v}
	ok = true
	whole := try(func() {
		for len(b.b) > 0 && ok {
			kind, n := int(b.number(1)), int(b.number(1))
			if kind < 1 || kind > 4 || n == 0 {
				ok = false
				return
			}
			var all []string
			zero := false
			for range n {
				asn := b.number(as)
				zero = zero || asn == 0
				text := fmt.Sprint(asn)
				all = append(all, text)
				if kind == 2 {
					path = append(path, slowSegment{text: text, json: text, counts: 1, last: asn, zero: asn == 0})
				}
			}
			commas := strings.Join(all, ",")
			switch kind {
			case 1:
				path = append(path, slowSegment{text: "{" + commas + "}", json: `{"set":[` + commas + `]}`, counts: 1, zero: zero})
			case 3:
				path = append(path, slowSegment{text: "(" + strings.Join(all, " ") + ")", json: `{"confed_sequence":[` + commas + `]}`, confed: true, zero: zero})
			case 4:
				path = append(path, slowSegment{text: "[" + commas + "]", json: `{"confed_set":[` + commas + `]}`, confed: true, zero: zero})
			}
		}
	})
	return path, ok && whole
}

func slowZero(path []slowSegment) bool {
	return slices.ContainsFunc(path, func(s slowSegment) bool { return s.zero })
}

// path returns the path and the aggregator, rebuilt from the AS4 attributes (RFC 6793 section 4.2.3), and AS 0 in them (RFC
// 7607).
func (a *slowAttrs) path() (path []slowSegment, aggregator string, problems []string) {
	path, _ = slowPath(a.good[2], a.as)
	if slowZero(path) {
		problems = append(problems, "AS 0 in AS_PATH")
	}
	aggregated := uint64(1)
	if v, has := a.good[7]; has {
		g := octets{v}
		aggregated = g.number(len(v) - 4)
		aggregator = fmt.Sprintf("%d %s", aggregated, ip(g.b))
	}
	if a.as == 2 {
		use := true
		if v, has := a.good[18]; has && a.good[7] != nil {
			if use = aggregated == 23456; use {
				g := octets{v}
				aggregated = g.number(4)
				aggregator = fmt.Sprintf("%d %s", aggregated, ip(g.b))
			}
		}
		if v, has := a.good[17]; has && use {
			as4, ok := slowPath(v, 4)
			if !ok || slowZero(as4) {
				problems = append(problems, "malformed AS4_PATH")
			} else {
				path = slowMerge(path, as4)
			}
		}
	}
	if aggregated == 0 {
		problems = append(problems, "AS 0 in AGGREGATOR")
	}
	return path, aggregator, problems
}

func slowMerge(path, as4 []slowSegment) []slowSegment {
	count := func(path []slowSegment) (n int) {
		for _, s := range path {
			n += s.counts
		}
		return n
	}
	as4 = slices.DeleteFunc(as4, func(s slowSegment) bool { return s.confed })
	lead := count(path) - count(as4)
	if lead < 0 {
		return path
	}
	var merged []slowSegment
	for _, s := range path {
		if lead == 0 && !s.confed {
			break
		}
		lead -= s.counts
		merged = append(merged, s)
	}
	return append(merged, as4...)
}

// slowMulti is MP_REACH_NLRI or MP_UNREACH_NLRI (RFC 4760).
type slowMulti struct {
	ok        bool
	afi, safi int
	hop, link string
	nlri      []byte
}

// slowReach reads MP_REACH_NLRI; in a table it may be a next hop with its length (RFC 6396 section 4.3.4).
func slowReach(v []byte, table bool) (r slowMulti) {
	if table && len(v) > 0 && int(v[0]) == len(v)-1 {
		var known bool
		r.hop, r.link, known = slowHop(v[1:])
		r.ok = known || len(v) == 1
		return r
	}
	b := octets{v}
	try(func() {
		r.afi, r.safi = int(b.number(2)), int(b.number(1))
		var known bool
		r.hop, r.link, known = slowHop(b.take(int(b.number(1))))
		if !known && (r.afi == 1 || r.afi == 2) && slices.Contains([]int{1, 2, 3, 4, 128, 129}, r.safi) {
			return // RFC 7606 section 7.11
		}
		for range b.number(1) { // SNPAs of RFC 2858, in half octets
			b.take(int(b.number(1)+1) / 2)
		}
		r.nlri, r.ok = b.b, true
	})
	return r
}

// slowHop reads one address or two, each perhaps behind eight octets of a route distinguisher (RFC 2545, 4364, 4659).
func slowHop(b []byte) (hop, link string, known bool) {
	switch len(b) {
	case 4, 16:
		return ip(b), "", true
	case 12, 24:
		return ip(b[8:]), "", true
	case 32:
		return ip(b[:16]), ip(b[16:]), true
	case 48:
		return ip(b[8:24]), ip(b[32:]), true
	}
	return "", "", false
}

func (a *slowAttrs) family(kind int) (m slowMulti) {
	v, has := a.good[kind]
	if !has {
		return m
	}
	if kind == 14 {
		return slowReach(v, a.table)
	}
	return slowMulti{ok: true, afi: int(v[0])<<8 | int(v[1]), safi: int(v[2]), nlri: v[3:]}
}

func (a *slowAttrs) hop(multi bool) [2]string {
	if multi {
		r := a.family(14)
		return [2]string{r.hop, r.link}
	}
	if v, has := a.good[3]; has {
		return [2]string{ip(v)}
	}
	return [2]string{}
}

func (a *slowAttrs) tableHop() [2]string { return a.hop(a.family(14).hop != "") }

// show returns the attributes of a route as fields of its object.
func (a *slowAttrs) show(hop [2]string, internal bool) object {
	o := object{}
	path, aggregator, more := a.path()
	problems := append(slices.Clone(a.problems), more...)
	has := func(kind int) bool { return a.good[kind] != nil }
	number := func(kind int) string {
		b := octets{a.good[kind]}
		return fmt.Sprint(b.number(4))
	}
	if has(1) {
		o["origin"] = [...]string{"igp", "egp", "incomplete"}[a.good[1][0]]
	}
	if has(2) {
		var all []string
		for _, s := range path {
			all = append(all, s.json)
		}
		o["as_path"] = "[" + strings.Join(all, ",") + "]"
		if len(path) > 0 && path[len(path)-1].last != 0 {
			o["origin_asn"] = path[len(path)-1].text
		}
	}
	if hop[0] != "" {
		o["next_hop"] = hop[0]
		if hop[1] != "" {
			o["next_hop_link_local"] = hop[1]
		}
	}
	for kind, key := range map[int]string{4: "med", 5: "local_pref", 35: "otc"} {
		if has(kind) {
			o[key] = number(kind)
		}
	}
	if has(6) {
		o["atomic_aggregate"] = true
	}
	if has(7) {
		o["aggregator"] = aggregator
	}
	list := func(kind, size int, key string, text func(b octets) string) {
		if has(kind) {
			var all []string
			for b := (octets{a.good[kind]}); len(b.b) > 0; {
				all = append(all, text(octets{b.take(size)}))
			}
			o[key] = strings.Join(all, ",")
		}
	}
	list(8, 4, "communities", func(b octets) string {
		high, low := b.number(2), b.number(2)
		if name := map[uint64]string{0xff01: "no-export", 0xff02: "no-advertise", 0xff03: "local-AS"}[low]; high == 0xffff && name != "" {
			return name
		}
		return fmt.Sprintf("%d:%d", high, low)
	})
	list(32, 12, "large_communities", func(b octets) string { return fmt.Sprintf("%d:%d:%d", b.number(4), b.number(4), b.number(4)) })
	list(16, 8, "extended_communities", func(b octets) string {
		raw := "0x" + hex.EncodeToString(b.b)
		kind, sub := b.number(1), b.number(1)
		name := map[uint64]string{2: "rt", 3: "soo"}[sub]
		switch {
		case name == "" || kind > 2:
			return raw
		case kind == 0:
			return fmt.Sprintf("%s:%d:%d", name, b.number(2), b.number(4))
		case kind == 1:
			return fmt.Sprintf("%s:%s:%d", name, ip(b.take(4)), b.number(2))
		}
		return fmt.Sprintf("%s:%d:%d", name, b.number(4), b.number(2))
	})
	if has(9) {
		o["originator_id"] = ip(a.good[9])
	}
	list(10, 4, "cluster_list", func(b octets) string { return ip(b.b) })
	var others []string
	for _, kind := range a.order {
		if slowNames[kind] == "" {
			others = append(others, fmt.Sprintf("%d/%d/%x", kind, a.flags[kind], a.good[kind]))
		}
	}
	if others != nil {
		o["others"] = strings.Join(others, ",")
	}
	if len(problems) > 0 {
		slices.Sort(problems)
		o["problems"] = strings.Join(problems, ",")
		o["handling"] = slowHandling(problems, internal)
	}
	return o
}

// slowHandling returns the severest of what RFC 7606 section 7 and the documents of the attributes prescribe.
func slowHandling(problems []string, internal bool) string {
	order := []string{"attribute discard", "treat-as-withdraw", "AFI/SAFI disable", "session reset"}
	most := 0
	for _, p := range problems {
		this := 1
		switch p {
		case "malformed LOCAL_PREF", "malformed ORIGINATOR_ID", "malformed CLUSTER_LIST":
			if !internal {
				this = 0
			}
		case "malformed ATOMIC_AGGREGATE", "malformed AGGREGATOR", "malformed AS4_PATH", "malformed AS4_AGGREGATOR", "AS 0 in AGGREGATOR":
			this = 0
		case "malformed MP_REACH_NLRI", "malformed MP_UNREACH_NLRI", "repeated MP_REACH_NLRI", "repeated MP_UNREACH_NLRI":
			this = 3
		default:
			if strings.HasPrefix(p, "repeated ") {
				this = 0
			}
		}
		most = max(most, this)
	}
	return order[most]
}

// likeSlow brings an object of mrt dump --json into the form of the slow reader's. Texts of NLRI that are not prefixes are only
// counted here.
func likeSlow(line []byte) (object, error) {
	d := json.NewDecoder(strings.NewReader(string(line)))
	d.UseNumber()
	var o object
	if err := d.Decode(&o); err != nil {
		return nil, err
	}
	delete(o, "type")
	delete(o, "subtype")
	for key, v := range o {
		switch v := v.(type) {
		case json.Number:
			o[key] = v.String()
		case []any:
			var all []string
			for _, one := range v {
				switch one := one.(type) {
				case map[string]any:
					if key == "others" {
						all = append(all, fmt.Sprintf("%s/%s/%s", one["type"], one["flags"], one["value"]))
						continue
					}
					b, _ := json.Marshal(one)
					all = append(all, string(b))
				default:
					all = append(all, fmt.Sprint(one))
				}
			}
			switch key {
			case "problems":
				slices.Sort(all)
			case "peers":
				o[key] = len(all)
				continue
			case "nlri", "nlri_hex":
				delete(o, key)
				o["nlri"] = strconv.Itoa(len(all))
				continue
			}
			o[key] = strings.Join(all, ",")
			if key == "as_path" {
				o[key] = "[" + o[key].(string) + "]"
			}
		}
	}
	return o, nil
}
