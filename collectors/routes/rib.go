package routes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// attributes is what a route needs of its path attributes. Dumps hold few distinct ones, so each is decoded once.
type attributes struct {
	asn      uint32
	set      string
	sent     uint32
	stripped uint32
	path     uint32 // number of the distinct prepend-stripped path
	sequence []uint32
	rejected string // why the entry cannot be used; empty: it can
	problems []string
}

// entry is a RIB entry by numbers.
type entry struct {
	prefix uint32 // in rib.prefixes
	peer   uint32
	attr   uint32
}

// rib collects a dump.
type rib struct {
	prefixes []netip.Prefix
	byPrefix map[netip.Prefix]uint32
	attrs    []attributes
	byAttr   map[string]uint32 // by the bytes, of AS numbers of asSize octets
	asSize   int
	paths    map[string]uint32
	entries  []entry
	peers    []mrt.Peer

	decoder  bgp.Attributes
	scratch  []byte
	sequence []uint32
}

func decodeRIB(ctx context.Context, d dump, key table.Key, s *stream, rec *mrt.Record, into *table.Commit) error {
	routes, err := datasets.Routes.Create(into, key)
	if err != nil {
		return err
	}
	routes.Unit = "RIB entry"
	r := &rib{byPrefix: map[netip.Prefix]uint32{}, byAttr: map[string]uint32{}, paths: map[string]uint32{}}
	tables := mrt.NewRIB()
	for err = nil; err == nil; rec, err = s.next() {
		if rec.Number%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		used := 0
		seen, wrong := tables.Entries(rec, func(e *mrt.Entry) {
			used++
			r.add(e, &routes.Tally)
		})
		routes.See(seen)
		switch {
		case errors.Is(wrong, mrt.ErrNotDecoded):
			routes.Note("record "+rec.Name()+" not decoded", 1)
		case wrong != nil:
			s.damage(rec.Offset, at(rec, d.file, wrong))
			routes.Reject("entry of a malformed record", seen-used)
		}
	}
	if err != io.EOF {
		return err
	}
	r.peers = tables.Peers
	if len(r.entries) == 0 && len(r.peers) == 0 {
		return fmt.Errorf("%s: the dump holds neither a peer nor a route", d.file)
	}
	return r.write(d, key, routes, into)
}

func (r *rib) add(e *mrt.Entry, tally *table.Tally) {
	if e.Form.ASSize != r.asSize { // joined dumps of both versions: the same bytes mean something else
		clear(r.byAttr)
		r.asSize = e.Form.ASSize
	}
	id, ok := r.byAttr[string(e.Attributes)]
	if !ok {
		id = uint32(len(r.attrs))
		r.attrs = append(r.attrs, r.decode(e))
		r.byAttr[string(e.Attributes)] = id
	}
	a := &r.attrs[id]
	for _, p := range a.problems {
		tally.Note(p, 1)
	}
	if a.rejected != "" {
		tally.Reject(a.rejected, 1)
		return
	}
	tally.Keep(1)
	prefix, ok := r.byPrefix[e.Prefix]
	if !ok {
		prefix = uint32(len(r.prefixes))
		r.prefixes = append(r.prefixes, e.Prefix)
		r.byPrefix[e.Prefix] = prefix
	}
	r.entries = append(r.entries, entry{prefix, uint32(e.Peer), id})
}

func (r *rib) decode(e *mrt.Entry) (a attributes) {
	if err := r.decoder.Decode(e.Attributes, e.Form); err != nil {
		a.rejected = "malformed path attributes"
		return a
	}
	a.problems = slices.Clone(r.decoder.Problems())
	if slices.Contains(a.problems, "malformed AS_PATH") {
		a.rejected = "malformed AS_PATH"
		return a
	}
	for _, other := range r.decoder.Others {
		a.problems = append(a.problems, bgp.TypeName(other.Type)+" not used")
	}
	path := &r.decoder.Path
	asn, set := path.Origin()
	a.asn, a.set = asn, setText(set)
	sent, stripped := path.Length()
	a.sent, a.stripped = uint32(sent), uint32(stripped)
	r.sequence = path.Sequence(r.sequence[:0])
	a.sequence = slices.Clone(r.sequence)
	r.scratch = r.scratch[:0]
	for _, asn := range a.sequence {
		r.scratch = strconv.AppendUint(append(r.scratch, ' '), uint64(asn), 10)
	}
	r.scratch = append(r.scratch, a.set...)
	id, ok := r.paths[string(r.scratch)]
	if !ok {
		id = uint32(len(r.paths))
		r.paths[string(r.scratch)] = id
	}
	a.path = id
	return a
}

func setText(set []uint32) string {
	if len(set) == 0 {
		return ""
	}
	b := []byte{'{'}
	for i, asn := range set {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(asn), 10)
	}
	return string(append(b, '}'))
}

func family(p netip.Prefix) uint32 {
	if p.Addr().Is4() {
		return 4
	}
	return 6
}

func comparePrefixes(a, b netip.Prefix) int {
	return cmp.Or(cmp.Compare(family(a), family(b)), a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}

// leftOut is why the table metrics leave a prefix out: they count IPv4 /8 to /24 and IPv6 /16 to /48.
func leftOut(p netip.Prefix) string {
	low, high := 8, 24
	if family(p) == 6 {
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

// sortEntries renumbers the prefixes in their order and sorts the entries by prefix, origin and peer.
func (r *rib) sortEntries() {
	order := make([]uint32, len(r.prefixes))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return comparePrefixes(r.prefixes[a], r.prefixes[b]) })
	rank := make([]uint32, len(order))
	sorted := make([]netip.Prefix, len(order))
	for i, old := range order {
		rank[old] = uint32(i)
		sorted[i] = r.prefixes[old]
	}
	r.prefixes, r.byPrefix = sorted, nil
	for i := range r.entries {
		r.entries[i].prefix = rank[r.entries[i].prefix]
	}
	slices.SortFunc(r.entries, func(a, b entry) int {
		if c := cmp.Compare(a.prefix, b.prefix); c != 0 {
			return c
		}
		x, y := &r.attrs[a.attr], &r.attrs[b.attr]
		return cmp.Or(cmp.Compare(x.asn, y.asn), cmp.Compare(x.set, y.set), cmp.Compare(a.peer, b.peer), cmp.Compare(a.attr, b.attr))
	})
}

// covering finds for each prefix of the filtered table the longest other one that covers it; -1: none, or left out.
func covering(prefixes []netip.Prefix) []int32 {
	cover := make([]int32, len(prefixes))
	var open []int32 // prefixes that cover the place reached, outermost first
	for i, p := range prefixes {
		cover[i] = -1
		if leftOut(p) != "" {
			continue
		}
		for len(open) > 0 {
			top := prefixes[open[len(open)-1]]
			if family(top) == family(p) && top.Contains(p.Addr()) {
				break
			}
			open = open[:len(open)-1]
		}
		if len(open) > 0 {
			cover[i] = open[len(open)-1]
		}
		open = append(open, int32(i))
	}
	return cover
}

func (r *rib) write(d dump, key table.Key, routes *table.Writer[datasets.Route], into *table.Commit) error {
	r.sortEntries()
	feeds := r.feeds()
	if err := r.writePeers(d, key, feeds, into); err != nil {
		return err
	}
	cover := covering(r.prefixes)
	batch := make([]datasets.Route, 0, 4096)
	peerASes := map[uint32]bool{}
	for from := 0; from < len(r.entries); {
		e := r.entries[from]
		a := &r.attrs[e.attr]
		to := from + 1
		for to < len(r.entries) && r.entries[to].prefix == e.prefix && r.attrs[r.entries[to].attr].asn == a.asn && r.attrs[r.entries[to].attr].set == a.set {
			to++
		}
		p := r.prefixes[e.prefix]
		row := datasets.Route{
			Collector: d.collector, DumpTime: d.time, Family: family(p), Prefix: p.String(), PrefixLength: uint32(p.Bits()),
			OriginASN: a.asn, OriginSet: a.set, LeftOut: leftOut(p), PathLengthMin: ^uint32(0),
		}
		if c := cover[e.prefix]; c >= 0 {
			row.CoveringPrefix = r.prefixes[c].String()
		}
		clear(peerASes)
		var stripped, sent uint64
		for _, e := range r.entries[from:to] {
			a := &r.attrs[e.attr]
			stripped += uint64(a.stripped)
			sent += uint64(a.sent)
			row.PathLengthMin = min(row.PathLengthMin, a.stripped)
			row.PathLengthMax = max(row.PathLengthMax, a.stripped)
			if n := len(row.SeenBy); n > 0 && row.SeenBy[n-1] == e.peer {
				continue // a second path of the same peer (ADD-PATH)
			}
			row.SeenBy = append(row.SeenBy, e.peer)
			peer := r.peers[e.peer]
			peerASes[peer.ASN] = true
			if peer.ASN == row.OriginASN {
				row.OriginPeers++
			}
			if feeds[e.peer].full(row.Family) {
				row.FullFeedPeers++
			}
		}
		row.Peers, row.PeerASes = uint32(len(row.SeenBy)), uint32(len(peerASes))
		row.PathLengthMean = float64(stripped) / float64(to-from)
		row.PathSentMean = float64(sent) / float64(to-from)
		if batch = append(batch, row); len(batch) == cap(batch) {
			if err := routes.Append(batch...); err != nil {
				return err
			}
			batch = batch[:0]
		}
		from = to
	}
	if err := routes.Append(batch...); err != nil {
		return err
	}
	return r.writeStats(d, key, feeds, into)
}

func (r *rib) writePeers(d dump, key table.Key, feeds []feed, into *table.Commit) error {
	peers, err := datasets.Peers.Create(into, key)
	if err != nil {
		return err
	}
	peers.Unit = "peer"
	for i, p := range r.peers {
		row := datasets.Peer{
			Collector: d.collector, DumpTime: d.time, PeerIndex: uint32(i), Address: p.Address.String(), ASN: p.ASN,
			IPv4Routes: int64(feeds[i].routes4), IPv6Routes: int64(feeds[i].routes6), IPv4FullFeed: feeds[i].full4, IPv6FullFeed: feeds[i].full6,
		}
		if p.BGPID.IsValid() {
			row.BGPID = p.BGPID.String()
		}
		peers.See(1)
		peers.Keep(1)
		if err := peers.Append(row); err != nil {
			return err
		}
	}
	return nil
}
