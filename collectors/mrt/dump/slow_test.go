package dump_test

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// This file holds a second reader of MRT files, the oracle of the first. It is slow and obvious, written from RFC 4271, 4360,
// 4456, 4760, 5065, 6396, 6793, 7606, 7607, 7911, 8050, 8092, 8950 and 9234, and shares no code with packages mrt, bgp and dump. It
// gives each element as the object that mrt dump --json prints.

type object = map[string]any

// octets are read from the left. What is not there panics with errEnd.
type octets struct{ b []byte }

var errEnd = fmt.Errorf("the bytes end")

func (o *octets) take(n int) []byte {
	if n > len(o.b) {
		panic(errEnd)
	}
	b := o.b[:n]
	o.b = o.b[n:]
	return b
}

func (o *octets) number(n int) (v uint64) {
	for _, b := range o.take(n) {
		v = v<<8 | uint64(b)
	}
	return v
}

// try reports whether f ran to its end.
func try(f func()) (ok bool) {
	defer func() {
		if e := recover(); e != nil {
			if e != errEnd {
				panic(e)
			}
			ok = false
		}
	}()
	f()
	return true
}

func ip(b []byte) string {
	a, _ := netip.AddrFromSlice(b)
	return a.String()
}

func seconds(v uint64) string { return time.Unix(int64(v), 0).UTC().Format(time.RFC3339) }

// slowReader holds the peers that the newest peer table names.
type slowReader struct {
	peers []object
	table bool
}

type slowRecord struct {
	number            int
	kind, subtype     int
	seconds, fraction uint64
	body              []byte
}

// slowRecords frames a file by its lengths. It is not ok if they do not end where the file ends.
func slowRecords(file []byte) (all []slowRecord, ok bool) {
	in := octets{file}
	ok = try(func() {
		for len(in.b) > 0 {
			r := slowRecord{number: len(all) + 1, seconds: in.number(4), kind: int(in.number(2)), subtype: int(in.number(2))}
			r.body = in.take(int(in.number(4)))
			if r.kind == 17 || r.kind == 33 || r.kind == 49 { // RFC 6396 section 3
				o := octets{r.body}
				r.fraction = o.number(4)
				r.body = o.b
			}
			all = append(all, r)
		}
	})
	return all, ok
}

// read returns the elements of a record, and whether something in it cannot be read.
func (s *slowReader) read(r slowRecord) (rows []object, wrong bool) {
	when := time.Unix(int64(r.seconds), int64(r.fraction)*1000).UTC()
	at := when.Format(time.RFC3339)
	if r.kind == 17 {
		at = when.Format("2006-01-02T15:04:05.000000Z")
	}
	show := func(kind string, fields ...object) {
		row := object{"time": at, "record": strconv.Itoa(r.number), "kind": kind}
		for _, f := range fields {
			for k, v := range f {
				row[k] = v
			}
		}
		rows = append(rows, row)
	}
	fail := func() { wrong = true }
	b := octets{r.body}
	known := true
	if !try(func() {
		switch {
		case r.kind == 12 && r.subtype >= 1 && r.subtype <= 4:
			s.tableDump(r, &b, show, fail)
		case r.kind == 13 && r.subtype == 1:
			s.peerTable(&b, show, fail)
		case r.kind == 13 && r.subtype >= 2 && r.subtype <= 12 && r.subtype != 7:
			s.rib(r, &b, show, fail)
		case r.kind == 13 && r.subtype == 7: // RFC 6397: places
			b.take(4)
			b.take(int(b.number(2)))
			b.take(8)
			for range b.number(2) {
				slowPeer(&b)
				b.take(8)
			}
		case (r.kind == 16 || r.kind == 17) && (r.subtype <= 1 || r.subtype >= 4 && r.subtype <= 11):
			s.message(r, &b, show, fail)
		case r.kind == 5 && slices.Contains([]int{1, 3, 5, 6, 7}, r.subtype):
			s.old(r, &b, show, fail)
		default:
			known = false
		}
	}) {
		wrong = true
	}
	if !known {
		show("other", object{"note": "not decoded", "body": hex.EncodeToString(r.body)})
	}
	return rows, wrong
}

// slowPeer reads a peer entry (RFC 6396 section 4.3.1).
func slowPeer(b *octets) object {
	kind := b.number(1)
	id := ip(b.take(4))
	size, as := 4, 2
	if kind&1 != 0 {
		size = 16
	}
	if kind&2 != 0 {
		as = 4
	}
	return object{"peer_bgp_id": id, "peer_address": ip(b.take(size)), "peer_asn": fmt.Sprint(b.number(as))}
}

func (s *slowReader) peerTable(b *octets, show func(string, ...object), fail func()) {
	s.peers, s.table = nil, true
	if !try(func() {
		b.take(4)
		b.take(int(b.number(2)))
		for range b.number(2) {
			s.peers = append(s.peers, slowPeer(b))
		}
		if len(b.b) > 0 {
			fail()
		}
	}) {
		fail()
	}
	show("peer-table", object{"peers": len(s.peers)})
}

// tableDump reads RFC 6396 section 4.2, whose records of 2000 held many entries; subtypes 3 and 4 are bgpdump's.
func (s *slowReader) tableDump(r slowRecord, b *octets, show func(string, ...object), fail func()) {
	size, as := 4, 2
	if r.subtype%2 == 0 {
		size = 16
	}
	if r.subtype > 2 {
		as = 4
	}
	b.take(2)
	sequence := b.number(2)
	for len(b.b) > 0 {
		address, length := b.take(size), int(b.number(1))
		b.take(1)
		since := b.number(4)
		peer := object{"peer_address": ip(b.take(size)), "peer_asn": fmt.Sprint(b.number(as))}
		block := b.take(int(b.number(2)))
		if length > 8*size {
			fail()
			continue
		}
		a, ok := slowAttributes(block, as, true)
		if !ok {
			fail()
			continue
		}
		show("rib", peer, a.show(a.tableHop(), false), object{"prefix": slowMask(address, length), "originated": seconds(since), "sequence": fmt.Sprint(sequence)})
	}
}

func slowMask(address []byte, length int) string {
	b := slices.Clone(address)
	for i := range 8 * len(b) {
		if i >= length {
			b[i/8] &^= 0x80 >> (i % 8)
		}
	}
	return ip(b) + "/" + strconv.Itoa(length)
}

// rib reads RFC 6396 sections 4.3.2 and 4.3.3, and RFC 8050 section 4.
func (s *slowReader) rib(r slowRecord, b *octets, show func(string, ...object), fail func()) {
	route := object{"sequence": fmt.Sprint(b.number(4))}
	ids := r.subtype >= 8
	switch r.subtype {
	case 6, 12:
		afi, safi := int(b.number(2)), int(b.number(1))
		rest := b.b
		read := func(before bool) bool { // with the identifier before the NLRI, or in the entries, as GoBGP has it
			*b = octets{rest}
			delete(route, "path_id")
			if before {
				route["path_id"] = fmt.Sprint(b.number(4))
			}
			if afi != 16397 {
				return slowRoute(b, afi, safi, route)
			}
			head := 8 // the NLRI does not tell its length: entries of this size must fill what is behind it
			if r.subtype == 12 && !before {
				head = 12
			}
			key := octets{b.b}
			for n := 2 + int(key.number(2)); n <= min(len(b.b), 65534); n++ {
				if slowFit(b.b[n:], head) {
					one := octets{b.take(n)}
					return slowRoute(&one, afi, safi, route)
				}
			}
			return false
		}
		ids = false
		if r.subtype == 6 {
			if !read(false) {
				panic(errEnd)
			}
			break
		}
		good := false
		fits := try(func() { good = read(true) }) && good
		if !fits || !slowFit(b.b, 8) {
			other := false
			if try(func() { other = read(false) }) && other && slowFit(b.b, 12) {
				ids = true
			} else if !fits || !try(func() { read(true) }) {
				panic(errEnd)
			}
		}
	default:
		afi, safi := 1, 1
		if r.subtype == 4 || r.subtype == 5 || r.subtype == 10 || r.subtype == 11 {
			afi = 2
		}
		if r.subtype == 3 || r.subtype == 5 || r.subtype == 9 || r.subtype == 11 {
			safi = 2
		}
		if !slowRoute(b, afi, safi, route) {
			panic(errEnd)
		}
	}
	n := b.number(2)
	for range n {
		index := int(b.number(2))
		entry := object{"originated": seconds(b.number(4))}
		if ids {
			entry["path_id"] = fmt.Sprint(b.number(4))
		}
		block := b.take(int(b.number(2)))
		if index >= len(s.peers) {
			fail()
			continue
		}
		a, ok := slowAttributes(block, 4, true)
		if !ok {
			fail()
			continue
		}
		show("rib", s.peers[index], route, entry, a.show(a.tableHop(), false))
	}
	if len(b.b) > 0 {
		fail()
	}
}

func slowFit(b []byte, head int) bool {
	o := octets{b}
	return try(func() {
		for range o.number(2) {
			o.take(head - 2)
			o.take(int(o.number(2)))
		}
	}) && len(o.b) == 0
}

func isNative(afi, safi int) bool { return (afi == 1 || afi == 2) && safi >= 1 && safi <= 3 }

// familyName returns the name that the output has for a family, "" for unicast, whose prefix shows it.
func familyName(afi, safi int) string {
	if isNative(afi, safi) && safi == 1 {
		return ""
	}
	return fmt.Sprintf("%d/%d", afi, safi)
}

// slowRoute reads one NLRI into an object: a prefix, or how many NLRI there are, which is one.
func slowRoute(b *octets, afi, safi int, into object) bool {
	if name := familyName(afi, safi); name != "" {
		into["family"] = name
	}
	if isNative(afi, safi) {
		p, ok := slowPrefix(b, afi)
		into["prefix"] = p
		return ok
	}
	into["nlri"] = hex.EncodeToString(slowOther(b, afi, safi))
	return true
}

// slowPrefix reads RFC 4271 section 4.3.
func slowPrefix(b *octets, afi int) (string, bool) {
	size := 4
	if afi == 2 {
		size = 16
	}
	length := int(b.number(1))
	if length > 8*size {
		return "", false
	}
	address := make([]byte, size)
	copy(address, b.take((length+7)/8))
	return slowMask(address, length), true
}

// slowOther takes one NLRI of a family without prefixes, whose length stands where its document says.
func slowOther(b *octets, afi, safi int) []byte {
	all := b.b
	switch {
	case safi == 133 || safi == 134: // RFC 8955 section 4.1
		n := int(b.number(1))
		if n >= 0xf0 {
			n = n&0xf<<8 | int(b.number(1))
		}
		b.take(n)
	case afi == 16388 || safi == 71 || safi == 72, safi == 9, safi == 74: // RFC 9552 section 5.2, RFC 9015: type, length
		b.take(2)
		b.take(int(b.number(2)))
	case afi == 25 && safi == 65: // RFC 4761 section 3.2.2
		b.take(int(b.number(2)))
	case safi == 70 || safi == 5 || safi == 8 || safi == 78: // RFC 7432 section 7, RFC 6514 section 4
		b.take(1)
		b.take(int(b.number(1)))
	case safi == 85: // architecture, route type, length
		b.take(3)
		b.take(int(b.number(1)))
	case safi == 83 || safi == 84: // RFC 9871
		b.take(int(b.number(1)))
	case afi == 16397: // a key, and a value up to the end
		b.take(int(b.number(2)))
		b.take(len(b.b))
	default: // RFC 8277, 4364, 4684 …: a length in bits
		b.take((int(b.number(1)) + 7) / 8)
	}
	return all[:len(all)-len(b.b)]
}

// message reads RFC 6396 section 4.4 and RFC 8050 section 3.
func (s *slowReader) message(r slowRecord, b *octets, show func(string, ...object), fail func()) {
	as := 2
	if slices.Contains([]int{4, 5, 7, 9, 11}, r.subtype) {
		as = 4
	}
	ids := r.subtype >= 8
	state := r.subtype == 0 || r.subtype == 5
	session := object{}
	if slices.Contains([]int{6, 7, 10, 11}, r.subtype) {
		session["local"] = true
	}
	peer, own := b.number(as), b.number(as)
	session["peer_asn"] = fmt.Sprint(peer)
	// Zebra wrote no more than the AS numbers.
	bare := as == 2 && (state && len(b.b) == 4 || !state && len(b.b) >= 19 && strings.Count(string(b.b[:16]), "\xff") == 16)
	if bare {
		session["peer_address"] = "0.0.0.0"
	} else {
		b.take(2)
		size := map[uint64]int{1: 4, 2: 16}[b.number(2)]
		if size == 0 {
			panic(errEnd)
		}
		session["peer_address"] = ip(b.take(size))
		b.take(size)
	}
	if state {
		old, now := b.number(2), b.number(2)
		show("state", session, object{"old_state": fmt.Sprint(old), "new_state": fmt.Sprint(now)})
		return
	}
	b.take(16)
	size := int(b.number(2)) - 19
	kind := int(b.number(1))
	if size < 0 {
		panic(errEnd)
	}
	cut := size > len(b.b)
	if cut { // RFC 4271 does not know that; FRR wrote it
		fail()
		size = len(b.b)
	}
	slowBGP(kind, b.take(size), as, ids, peer == own, cut, session, show, fail)
}

// old reads RFC 6396 appendix B.2.1.
func (s *slowReader) old(r slowRecord, b *octets, show func(string, ...object), fail func()) {
	peer := b.number(2)
	session := object{"peer_asn": fmt.Sprint(peer), "peer_address": ip(b.take(4))}
	if r.subtype == 3 {
		old, now := b.number(2), b.number(2)
		show("state", session, object{"old_state": fmt.Sprint(old), "new_state": fmt.Sprint(now)})
		return
	}
	own := b.number(2)
	b.take(4)
	slowBGP(map[int]int{1: 2, 5: 1, 6: 3, 7: 4}[r.subtype], b.b, 2, false, peer == own, false, session, show, fail)
}

// slowBGP reads the body of a BGP message (RFC 4271 section 4).
func slowBGP(kind int, body []byte, as int, ids, internal, cut bool, session object, show func(string, ...object), fail func()) {
	b := octets{body}
	raw := object{"body": hex.EncodeToString(body)}
	switch kind {
	case 1:
		var open object
		if !try(func() {
			open = object{"version": fmt.Sprint(b.number(1)), "as": fmt.Sprint(b.number(2)), "hold_time": fmt.Sprint(b.number(2)), "bgp_id": ip(b.take(4))}
			n := int(b.number(1))
			if n > 0 && len(b.b) > 0 && b.b[0] == 255 { // RFC 9072
				b.take(1)
				n = int(b.number(2))
			}
			open["optional_parameters"] = hex.EncodeToString(b.take(n))
		}) {
			fail()
			open = raw
		}
		show("open", session, open)
	case 2:
		slowUpdate(&b, as, ids, internal, session, show, fail)
	case 3:
		note := object{}
		if len(body) >= 2 {
			note = object{"error": fmt.Sprint(body[0]), "suberror": fmt.Sprint(body[1]), "data": hex.EncodeToString(body[2:])}
		}
		show("notification", session, note)
	case 4:
		show("keepalive", session)
	case 5:
		show("route-refresh", session, raw)
	default:
		show("unknown", session, raw, object{"message_type": fmt.Sprint(kind)})
	}
}

// slowField reads the NLRI of a field and shows each. It reports whether all could be read.
func slowField(field []byte, afi, safi int, ids bool, show func(object)) bool {
	if !isNative(afi, safi) {
		if len(field) == 0 {
			return true
		}
		var all []string
		b := octets{slices.Clone(field)}
		whole := try(func() {
			for len(b.b) > 0 {
				id := ""
				if ids {
					id = fmt.Sprintf(" path-id %d", b.number(4))
				}
				all = append(all, hex.EncodeToString(slowOther(&b, afi, safi))+id)
			}
		})
		if !whole {
			all = []string{hex.EncodeToString(field)}
		}
		show(object{"family": familyName(afi, safi), "nlri": strings.Join(all, ",")})
		for _, named := range familiesByName {
			if named == familyName(afi, safi) {
				return whole
			}
		}
		return true // nobody knows the form
	}
	type route struct {
		prefix string
		id     uint64
		short  bool // shorter than 8, and not the default route
		spare  bool // bits are set behind the prefix
	}
	read := func(ids bool) (all []route, whole bool) {
		b := octets{field}
		good := true
		whole = try(func() {
			for len(b.b) > 0 && good {
				var r route
				if ids {
					r.id = b.number(4)
				}
				before := b.b
				if r.prefix, good = slowPrefix(&b, afi); !good {
					return
				}
				length := int(before[0])
				r.short = length > 0 && length < 8
				if length%8 != 0 {
					r.spare = before[(length+7)/8]<<(length%8) != 0
				}
				all = append(all, r)
			}
		}) && good
		return all, whole
	}
	twice := func(all []route) bool { // a default route twice
		last := ""
		for _, r := range all {
			if strings.HasSuffix(r.prefix, "/0") {
				this := fmt.Sprint(r.id)
				if this == last {
					return true
				}
				last = this
			}
		}
		return false
	}
	routes, whole := read(ids)
	if !whole || twice(routes) {
		if other, good := read(!ids); good && !twice(other) && !slices.ContainsFunc(other, func(r route) bool { return r.short || r.spare || r.id >= 1<<24 }) {
			routes, whole, ids = other, true, !ids
		}
	}
	for _, r := range routes {
		one := object{"prefix": r.prefix}
		if name := familyName(afi, safi); name != "" {
			one["family"] = name
		}
		if ids {
			one["path_id"] = fmt.Sprint(r.id)
		}
		show(one)
	}
	return whole
}

// slowUpdate reads RFC 4271 section 4.3.
func slowUpdate(b *octets, as int, ids, internal bool, session object, show func(string, ...object), fail func()) {
	rows := 0
	each := func(kind string, more object) func(object) {
		return func(route object) {
			rows++
			show(kind, session, route, more)
		}
	}
	var withdrawn, block, nlri []byte
	if !try(func() {
		withdrawn = b.take(int(b.number(2)))
		block = b.take(int(b.number(2)))
		nlri = b.b
	}) {
		fail() // nothing of it is shown
		return
	}
	if !slowField(withdrawn, 1, 1, ids, each("withdraw", nil)) {
		fail()
		return
	}
	a, ok := slowAttributes(block, as, false)
	if !ok {
		fail()
		return
	}
	reach, unreach := a.family(14), a.family(15)
	if len(nlri) > 0 || len(reach.nlri) > 0 { // RFC 7606 section 3 (d)
		a.need(1, "ORIGIN")
		a.need(2, "AS_PATH")
	}
	if len(nlri) > 0 {
		a.need(3, "NEXT_HOP")
	}
	if unreach.ok && !slowField(unreach.nlri, unreach.afi, unreach.safi, ids, each("withdraw", nil)) {
		fail()
		return
	}
	if rows == 0 && len(withdrawn) == 0 && len(nlri) == 0 { // RFC 4724 section 2
		if len(block) == 0 {
			show("end-of-rib", session, object{"family": "1/1"})
			return
		}
		if unreach.ok && len(unreach.nlri) == 0 && len(a.met) == 1 {
			show("end-of-rib", session, object{"family": fmt.Sprintf("%d/%d", unreach.afi, unreach.safi)})
			return
		}
	}
	if !slowField(nlri, 1, 1, ids, each("announce", a.show(a.hop(false), internal))) {
		fail()
		return
	}
	if reach.ok && !slowField(reach.nlri, reach.afi, reach.safi, ids, each("announce", a.show(a.hop(true), internal))) {
		fail()
		return
	}
	if rows == 0 {
		show("update", session, a.show(a.hop(reach.ok), internal))
	}
}
