package routes

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"net/netip"
	"slices"
	"strconv"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
)

// rib collects a dump. Each entry is folded at once into its route, a (prefix, origin), in which a peer is one bit. Memory
// therefore depends on the number of routes and paths, not of entries.
type rib struct {
	peers    []mrt.Peer
	routes   []route
	sets     peerSets // of the routes
	asSets   []string // texts of the AS_SETs that end paths
	asSetIDs map[string]uint64
	reserved numberSets     // AS numbers inside paths that no public path should have
	families [2]familyPaths // IPv4, IPv6
	paths    pathCounter
	marked   [2]familyMarks

	group  netip.Prefix // that open belongs to
	open   []openRoute  // routes of the current prefix
	latest []latestPath // by peer

	frame      bgp.Frame
	attributes bgp.Attributes
	path       bgp.Path
	met        [256]int // number of attributes, by type, that no dataset of routes uses
}

// origin is an AS, the number of an AS_SET behind setBit, or 0.
type origin uint64

const setBit = origin(1) << 32

// route is a prefix with one of its origins.
type route struct {
	prefix         netip.Prefix
	origin         origin
	set            uint32 // in rib.sets: the peers
	reserved       uint32 // in rib.reserved
	marks          marks  // of any entry
	entries        uint32 // more than peers where one sent several paths (ADD-PATH)
	min, max       uint32 // lengths with prepending removed
	stripped, sent uint64 // sums of lengths
}

// openRoute is a route to which further entries may belong.
type openRoute struct {
	route
	peers peerSet
}

// latestPath is the decoded path of a peer's previous entry: neighbouring prefixes often share it.
type latestPath struct {
	bytes          []byte // of AS_PATH, of four octets an AS
	known          bool
	ok             bool    // the path is well formed
	counted        [2]bool // by the paths of the family
	print          uint64  // fingerprint of the path, once it is counted
	origin         origin
	sequence       []uint32 // with prepending removed
	reserved       []uint32 // of the sequence, left of the origin
	stripped, sent uint32
	marks          marks // those that follow from the path
}

func newRIB() *rib { return &rib{asSetIDs: map[string]uint64{}, sets: newPeerSets()} }

func decodeRIB(ctx context.Context, d dump, key table.Key, s *stream, rec *mrt.Record, into *table.Commit) error {
	routes, err := datasets.Routes.Create(into, key)
	if err != nil {
		return err
	}
	routes.Unit = "RIB entry"
	var whole *entries
	if d.entries {
		if whole, err = newEntries(d, key, into); err != nil {
			return err
		}
	}
	r := newRIB()
	defer r.paths.finish()
	tables := mrt.NewRIB()
	for err = nil; err == nil; rec, err = s.next() {
		if rec.Number%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		used := 0
		var full error // of writing
		seen, wrong := tables.Entries(rec, func(e *mrt.Entry) {
			used++
			r.peers = tables.Peers
			r.add(e, &routes.Tally)
			if whole != nil && full == nil {
				full = whole.add(e, &tables.Peers[e.Peer])
			}
		})
		if full != nil {
			return full
		}
		routes.See(seen)
		if whole != nil {
			whole.out.See(seen)
		}
		switch {
		case errors.Is(wrong, mrt.ErrNotDecoded):
			routes.Note("record "+rec.Name()+" not decoded", 1)
		case wrong != nil:
			s.damage(rec.Offset, inRecord(rec, d.file, wrong))
			routes.Reject("entry of a malformed record", seen-used)
			if whole != nil {
				whole.out.Reject("entry of a malformed record", seen-used)
			}
		}
	}
	if err != io.EOF {
		return err
	}
	r.peers = tables.Peers
	if err := r.end(); err != nil {
		return err
	}
	if len(r.routes) == 0 && len(r.peers) == 0 {
		return fmt.Errorf("%s: the dump holds neither a peer nor a route", d.file)
	}
	for kind, n := range r.met {
		if n > 0 {
			routes.Note(bgp.AttributeType(kind).String()+" not used", n)
		}
	}
	return r.write(d, key, routes, into)
}

// add folds an entry into its route.
func (r *rib) add(e *mrt.Entry, tally *table.Tally) {
	if e.Family.SAFI != bgp.Unicast || !e.Prefix.IsValid() {
		tally.Reject("entry of "+e.Family.String(), 1)
		return
	}
	f := &r.frame
	f.Parse(e.Attributes, e.Form)
	if f.Short {
		tally.Reject("malformed path attributes", 1)
		return
	}
	for word, set := range f.Present.Undecoded() {
		for ; set != 0; set &= set - 1 {
			r.met[word<<6|bits.TrailingZeros64(set)]++
		}
	}
	l := r.decodedPath(e)
	v6, out := 0, leftOut(e.Prefix) != ""
	if e.Family.AFI == bgp.IPv6 {
		v6 = 1
	}
	if f.Problem {
		r.attributes.Decode(e.Attributes, e.Form) // it cannot fail: Parse has read the attributes
		for _, p := range r.attributes.Problems() {
			tally.Note(p.String(), 1)
		}
	}
	if !l.ok {
		tally.Reject("malformed AS_PATH", 1)
		return
	}
	tally.Keep(1)
	paths := &r.families[v6]
	paths.entry(e.Peer)
	if !out {
		paths.lengths(e.Peer, l.stripped, l.sent)
		if !l.counted[v6] {
			l.print = fingerprint(l.sequence, r.setText(l.origin))
			if l.counted[v6] = true; !paths.isLatest(l.print, e.Peer) {
				r.paths.add(v6 == 1, l.print, l.sequence, l.origin&setBit == 0 && len(l.sequence) > 0, e.Peer)
			}
		}
		paths.nested(e.Peer, e.Prefix, l.print, l.origin)
	}
	if e.Prefix != r.group {
		r.closeGroup()
		r.group = e.Prefix
	}
	hop := f.TableHop()
	m := marksOf(f, l, e.Family.AFI, hop, e.Form)
	r.marked[v6].add(e.Peer, m, hop)
	r.fold(r.openRoute(l.origin), e.Peer, l, m)
}

// openRoute returns the current prefix's route with an origin.
func (r *rib) openRoute(of origin) *openRoute {
	for i := range r.open {
		if o := &r.open[i]; o.origin == of {
			return o
		}
	}
	if n := len(r.open); n < cap(r.open) { // reuse the memory of its peer set
		r.open = r.open[:n+1]
	} else {
		r.open = append(r.open, openRoute{})
	}
	o := &r.open[len(r.open)-1]
	o.route = route{prefix: r.group, origin: of, min: ^uint32(0)}
	o.peers = o.peers[:0]
	return o
}

// fold adds an entry of a peer with path l to a route.
func (r *rib) fold(o *openRoute, peer int, l *latestPath, m marks) {
	o.peers.add(peer)
	o.marks |= m
	if len(l.reserved) > 0 {
		o.reserved = r.reserved.join(o.reserved, l.reserved)
	}
	o.entries++
	o.stripped += uint64(l.stripped)
	o.sent += uint64(l.sent)
	o.min, o.max = min(o.min, l.stripped), max(o.max, l.stripped)
}

// end is called behind the last entry.
func (r *rib) end() error {
	r.closeGroup()
	return r.paths.finish()
}

func (r *rib) closeGroup() {
	for i := range r.open {
		o := &r.open[i]
		o.set = r.sets.id(o.peers)
		r.routes = append(r.routes, o.route)
	}
	r.open = r.open[:0]
}

// decodedPath returns the path of the entry in the frame, from the peer's previous entry if that had the same.
func (r *rib) decodedPath(e *mrt.Entry) *latestPath {
	for len(r.latest) <= e.Peer {
		r.latest = append(r.latest, latestPath{})
	}
	l := &r.latest[e.Peer]
	plain := e.Form.ASSize == 4
	if !plain || !l.known || string(l.bytes) != string(r.frame.Path) {
		r.readPath(l, e.Form)
		if l.known = plain && l.ok && !r.frame.Problem; l.known { // a problem is counted wherever it occurs
			l.bytes = append(l.bytes[:0], r.frame.Path...)
		}
	}
	return l
}

// readPath decodes the frame's path into l.
func (r *rib) readPath(l *latestPath, form bgp.Form) {
	r.readSequence(l, form)
	if l.sent > l.stripped {
		l.marks |= isPrepended
	}
	left := l.sequence
	if l.origin&setBit == 0 && len(left) > 0 {
		left = left[:len(left)-1]
	}
	for _, asn := range left {
		if datasets.ReservedInPath(asn) {
			l.reserved = append(l.reserved, asn)
		}
	}
}

func (r *rib) readSequence(l *latestPath, form bgp.Form) {
	*l = latestPath{bytes: l.bytes, ok: true, sequence: l.sequence[:0], reserved: l.reserved[:0]}
	v := r.frame.Path
	const sequence = 2
	if form.ASSize == 4 && len(v) > 6 && v[0] == sequence && len(v) == 2+4*int(v[1]) {
		// Nearly every path is a single sequence.
		previous := binary.BigEndian.Uint32(v[2:])
		zero := previous == 0
		l.sequence = append(l.sequence, previous)
		for rest := v[6:]; len(rest) >= 4; rest = rest[4:] {
			if asn := binary.BigEndian.Uint32(rest); asn != previous {
				l.sequence = append(l.sequence, asn)
				previous = asn
				zero = zero || asn == 0
			}
		}
		r.frame.Problem = r.frame.Problem || zero
		l.origin, l.stripped, l.sent = origin(previous), uint32(len(l.sequence)), uint32(v[1])
		return
	}
	if !r.frame.DecodePath(&r.path, form) {
		r.frame.Problem, l.ok = true, false
		return
	}
	asn, set := r.path.Origin()
	l.origin = origin(asn)
	if len(set) > 0 {
		l.origin = r.setOrigin(set)
	}
	sent, stripped := r.path.Length()
	l.sent, l.stripped = uint32(sent), uint32(stripped)
	switch set, confederation := r.path.Has(); {
	case set && confederation:
		l.marks = hasASSet | hasConfederation
	case set:
		l.marks = hasASSet
	case confederation:
		l.marks = hasConfederation
	}
	l.sequence = r.path.Sequence(l.sequence)
}

// setOrigin returns the number of an AS_SET among the origins.
func (r *rib) setOrigin(set []uint32) origin {
	text := setText(set)
	id, ok := r.asSetIDs[text]
	if !ok {
		id = uint64(len(r.asSets))
		r.asSets = append(r.asSets, text)
		r.asSetIDs[text] = id
	}
	return setBit | origin(id)
}

// setText returns the text of the AS_SET that an origin is the number of, or "".
func (r *rib) setText(o origin) string {
	if o&setBit == 0 {
		return ""
	}
	return r.asSets[o&^setBit]
}

// asn returns the origin's AS number, or 0 if there is none or an AS_SET.
func (o origin) asn() uint32 {
	if o&setBit != 0 {
		return 0
	}
	return uint32(o)
}

func setText(set []uint32) string {
	b := []byte{'{'}
	for i, asn := range set {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(asn), 10)
	}
	return string(append(b, '}'))
}

// leftOut returns why the table metrics leave a prefix out, or "". They count IPv4 /8 to /24 and IPv6 /16 to /48.
func leftOut(p netip.Prefix) string {
	low, high := 8, 24
	if p.Addr().Is6() {
		low, high = 16, 48
	}
	switch {
	case p.Bits() == 0:
		return "default-route"
	case p.Bits() < low:
		return "too-short"
	case p.Bits() > high:
		return "too-long"
	}
	return ""
}

// sort sorts the routes by prefix and origin, and merges those that occur in several places of the dump.
func (r *rib) sort() {
	compare := func(a, b route) int {
		return cmp.Or(netaddr.ComparePrefixes(a.prefix, b.prefix), cmp.Compare(a.origin.asn(), b.origin.asn()), cmp.Compare(r.setText(a.origin), r.setText(b.origin)))
	}
	if !slices.IsSortedFunc(r.routes, compare) {
		slices.SortStableFunc(r.routes, compare)
	}
	kept := r.routes[:0]
	for _, a := range r.routes {
		if n := len(kept); n > 0 && kept[n-1].prefix == a.prefix && kept[n-1].origin == a.origin {
			b := &kept[n-1]
			b.set = r.sets.union(a.set, b.set)
			b.reserved = r.reserved.join(b.reserved, r.reserved.get(a.reserved))
			b.entries += a.entries
			b.marks |= a.marks
			b.stripped += a.stripped
			b.sent += a.sent
			b.min, b.max = min(a.min, b.min), max(a.max, b.max)
			continue
		}
		kept = append(kept, a)
	}
	r.routes = kept
}

// eachPrefix calls f with the routes of each prefix, and the peers that carry any of them.
func (r *rib) eachPrefix(f func(routes []route, peers peerSet)) {
	var all peerSet
	for from := 0; from < len(r.routes); {
		to := from + 1
		for to < len(r.routes) && r.routes[to].prefix == r.routes[from].prefix {
			to++
		}
		peers := r.sets.get(r.routes[from].set)
		if to > from+1 {
			all = append(all[:0], peers...)
			for _, a := range r.routes[from+1 : to] {
				all.join(r.sets.get(a.set))
			}
			peers = all
		}
		f(r.routes[from:to], peers)
		from = to
	}
}
