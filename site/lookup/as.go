package lookup

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"tidemark/datasets"
)

// asItem is what is known of an AS, or another part of it: one with many routes goes on in the next scripts.
type asItem struct {
	ASN      uint32           `json:"asn"`
	Part     int              `json:"part,omitempty"` // 0 is the first, which alone has what follows before Rows
	Name     string           `json:"name,omitempty"`
	Holder   string           `json:"holder,omitempty"` // registry, country and status; empty: unknown
	Day      string           `json:"day,omitempty"`    // of the registry's file
	Families map[string]total `json:"families,omitempty"`
	Near     map[string][]int `json:"near,omitempty"` // neighbours by family, in the order of relations
	ASPA     []uint32         `json:"aspa,omitempty"` // providers that it lists; 0: it has none
	Rows     string           `json:"rows,omitempty"` // prefix, carried, state
	Links    string           `json:"links,omitempty"`

	rows, links lines
}

// total sums up the routes of an AS in a family. Prefixes and span do not count what the metrics of tables leave out; span counts
// each address once and no bogons.
type total struct {
	Prefixes                          int64
	Span                              float64 // IPv4 addresses or IPv6 /64s
	Valid, Invalid, NotFound, Unknown int64
	Bogons                            int64
	Unjudged                          int64 // routes of which it is unknown whether they are bogons
	MOAS                              int64
	LeftOut                           int64
}

// MarshalJSON writes the fields as a list, in their order: names would make most of a script.
func (t total) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{t.Prefixes, t.Span, t.Valid, t.Invalid, t.NotFound, t.Unknown, t.Bogons, t.Unjudged, t.MOAS, t.LeftOut})
}

// UnmarshalJSON reads that list.
func (t *total) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]any{&t.Prefixes, &t.Span, &t.Valid, &t.Invalid, &t.NotFound, &t.Unknown, &t.Bogons, &t.Unjudged, &t.MOAS, &t.LeftOut})
}

// relations are what a neighbour can be to an AS, in the order in which they are shown.
var relations = []string{"provider", "peer", "customer", "unknown"}

// maxNeighbours bounds the list of neighbours of a relation and family, as that of the pages of watched networks.
const maxNeighbours = 50

// link is what the paths show of two ASes beside each other.
type link struct {
	a, b            uint32
	paths, vantages uint32
	basis           uint16
	relation        uint8 // what a is to b: a place in relations
	ipv6            bool
}

// linkTable are the links of an hour.
type linkTable struct {
	links []link
	bases []string
}

// readLinks returns the links of the hour, and notes how many vantage points show them.
func (s *Source) readLinks(families map[string]Basis) (*linkTable, error) {
	t := &linkTable{}
	places := map[string]uint16{}
	for row, err := range datasets.ASLinks.ScanColumns([]string{"family", "as_a", "as_b", "relation", "basis", "paths", "vantages", "vantages_total"}, s.paths(s.links)...) {
		if err != nil {
			return nil, err
		}
		at, known := places[row.Basis]
		if !known && len(t.bases) < 1<<16-1 {
			at = uint16(len(t.bases))
			places[row.Basis] = at
			t.bases = append(t.bases, row.Basis)
		}
		relation := slices.Index(relations, row.Relation)
		if relation < 0 {
			relation = len(relations) - 1
		}
		l := link{a: row.ASNA, b: row.ASNB, paths: uint32(row.Paths), vantages: uint32(row.Vantages), basis: at, relation: uint8(relation), ipv6: row.Family == 6}
		t.links = append(t.links, l)
		family := "4"
		if l.ipv6 {
			family = "6"
		}
		b := families[family]
		b.Vantages = max(b.Vantages, row.Of)
		families[family] = b
	}
	return t, nil
}

// end is one side of a link.
type end struct {
	asn, other uint32
	link       int32
	relation   uint8 // what the other is to the AS
}

// ends returns both sides of all links, by AS, family and relation, and those that most vantage points show first.
func (t *linkTable) ends() []end {
	all := make([]end, 0, 2*len(t.links))
	for i, l := range t.links {
		back := l.relation
		switch relations[l.relation] {
		case "provider":
			back = uint8(slices.Index(relations, "customer"))
		case "customer":
			back = uint8(slices.Index(relations, "provider"))
		}
		all = append(all, end{l.b, l.a, int32(i), l.relation}, end{l.a, l.b, int32(i), back})
	}
	slices.SortFunc(all, func(x, y end) int {
		a, b := &t.links[x.link], &t.links[y.link]
		ipv6 := 0
		if a.ipv6 != b.ipv6 {
			if ipv6 = 1; b.ipv6 {
				ipv6 = -1
			}
		}
		return cmp.Or(cmp.Compare(x.asn, y.asn), ipv6, cmp.Compare(x.relation, y.relation), cmp.Compare(b.vantages, a.vantages), cmp.Compare(b.paths, a.paths), cmp.Compare(x.other, y.other))
	})
	return all
}

// asWriter makes the scripts of ASes.
type asWriter struct {
	*routeTable
	links *linkTable
	names map[uint32]asName
	add   func(string, []byte) error

	now    *shard
	item   *asItem // the last of now
	firsts []string
}

// writeASes makes the scripts of all ASes that have a route, a link, an ASPA or a name, and returns the first key of each, and the ASes
// that the table, its paths or an ASPA show.
func writeASes(t *routeTable, links *linkTable, names map[uint32]asName, ranges []registration, providers map[uint32][]uint32, add func(string, []byte) error) ([]string, []Title, error) {
	byOrigin := make([]uint32, 0, len(t.routes))
	for i := range t.routes {
		if t.routes[i].origin != 0 {
			byOrigin = append(byOrigin, uint32(i))
		}
	}
	slices.SortFunc(byOrigin, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(t.routes[a].origin, t.routes[b].origin), cmp.Compare(a, b))
	})
	ends := links.ends()
	numbers := map[uint32]bool{}
	for asn := range names {
		numbers[asn] = false
	}
	for asn := range providers {
		numbers[asn] = true
	}
	for _, i := range byOrigin {
		numbers[t.routes[i].origin] = true
	}
	for _, e := range ends {
		numbers[e.asn] = true
	}
	var known []Title
	w := &asWriter{routeTable: t, links: links, names: names, add: add}
	for _, asn := range slices.Sorted(maps.Keys(numbers)) {
		if numbers[asn] {
			known = append(known, Title{Key: strconv.FormatUint(uint64(asn), 10), Text: cut(string(names[asn]), 56)})
		}
		routes := lead(byOrigin, func(i uint32) bool { return t.routes[i].origin == asn })
		beside := lead(ends, func(e end) bool { return e.asn == asn })
		byOrigin, ends = byOrigin[len(routes):], ends[len(beside):]
		head := &asItem{ASN: asn, Name: string(names[asn]), ASPA: providers[asn], Families: t.totals(routes), Near: links.near(beside)}
		if r, ok := registrationOf(ranges, asn); ok {
			head.Holder, head.Day = r.text, r.day.Format(time.DateOnly)
		}
		if err := w.write(head, routes, beside); err != nil {
			return nil, nil, err
		}
	}
	return w.firsts, known, w.flush()
}

// lead returns the elements before the first that does not belong.
func lead[T any](all []T, belongs func(T) bool) []T {
	if end := slices.IndexFunc(all, func(e T) bool { return !belongs(e) }); end >= 0 {
		return all[:end]
	}
	return all
}

// totals sums up the routes of an AS by family.
func (t *routeTable) totals(routes []uint32) map[string]total {
	all := map[string]total{}
	var counted *route // the last prefix whose span was counted
	for _, i := range routes {
		r := &t.routes[i]
		s := &t.states[r.state]
		sum := all[r.family()]
		switch s.ROV {
		case "valid":
			sum.Valid++
		case "invalid-origin", "invalid-length":
			sum.Invalid++
		case "not-found":
			sum.NotFound++
		default:
			sum.Unknown++
		}
		bogon := s.Bogon != "none" && s.Bogon != "unknown"
		switch {
		case bogon:
			sum.Bogons++
		case s.Bogon == "unknown":
			sum.Unjudged++
		}
		if s.MOAS {
			sum.MOAS++
		}
		if s.LeftOut != "" {
			sum.LeftOut++
		} else {
			sum.Prefixes++
			if !bogon && (counted == nil || !counted.contains(r)) {
				sum.Span += r.span()
				counted = r
			}
		}
		all[r.family()] = sum
	}
	return all
}

// near counts the neighbours of an AS by family and relation.
func (t *linkTable) near(beside []end) map[string][]int {
	all := map[string][]int{}
	for _, e := range beside {
		family := "4"
		if t.links[e.link].ipv6 {
			family = "6"
		}
		if all[family] == nil {
			all[family] = make([]int, len(relations))
		}
		all[family][e.relation]++
	}
	return all
}

// write appends an AS, in as many parts as it needs.
func (w *asWriter) write(head *asItem, routes []uint32, beside []end) error {
	if key := strconv.FormatUint(uint64(head.ASN), 10); w.now == nil || w.now.full(key) {
		if err := w.begin(key); err != nil {
			return err
		}
	}
	w.push(head)
	for _, i := range routes {
		if err := w.room(); err != nil {
			return err
		}
		r := &w.routes[i]
		s := w.states[r.state]
		s.BogonReason, s.Set = "", ""
		w.now.size += w.item.rows.add(r.prefix().String(), carried(r.carried), w.now.state(s))
	}
	listed, last := 0, end{}
	for i, e := range beside {
		l := &w.links.links[e.link]
		if i == 0 || e.relation != last.relation || l.ipv6 != w.links.links[last.link].ipv6 {
			listed = 0
		}
		last = e
		if listed++; listed > maxNeighbours {
			continue
		}
		if err := w.room(); err != nil {
			return err
		}
		w.now.name(e.other, w.names)
		family := "4"
		if l.ipv6 {
			family = "6"
		}
		w.now.size += w.item.links.add(strconv.FormatUint(uint64(e.other), 10), family, w.now.text(relations[e.relation]), w.now.text(w.links.bases[l.basis]),
			strconv.FormatUint(uint64(l.paths), 10), strconv.FormatUint(uint64(l.vantages), 10))
	}
	return nil
}

// push appends an item to the script.
func (w *asWriter) push(item *asItem) {
	w.item = item
	w.now.ASes = append(w.now.ASes, item)
	w.now.size += 100 + len(item.Name) + 40*len(item.Families) + 7*len(item.ASPA)
}

// room goes on in another script if this one is too long for another row.
func (w *asWriter) room() error {
	if w.now.size < maxShard {
		return nil
	}
	next := &asItem{ASN: w.item.ASN, Part: w.item.Part + 1}
	if err := w.begin(strconv.FormatUint(uint64(next.ASN), 10) + "-" + strconv.Itoa(next.Part)); err != nil {
		return err
	}
	w.push(next)
	return nil
}

// begin writes the script and starts another one.
func (w *asWriter) begin(key string) error {
	if err := w.flush(); err != nil {
		return err
	}
	w.now = newShard(key)
	w.firsts = append(w.firsts, key)
	return nil
}

func (w *asWriter) flush() error {
	const folder = "as/"
	if w.now == nil {
		return nil
	}
	for _, item := range w.now.ASes {
		item.Rows, item.Links = item.rows.text.String(), item.links.text.String()
	}
	content, err := w.now.script(folder)
	if err != nil {
		return err
	}
	return w.add(Folder+folder+w.now.key+".js", content)
}
