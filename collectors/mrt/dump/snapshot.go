package dump

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/netip"
	"slices"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// Snapshot is the RIB of a collector at a time: a table dump with the updates since applied. It holds every route that
// passes the filter, so that its memory grows with the table.
type Snapshot struct {
	At     time.Time
	Filter *Filter

	peers      []snapshotPeer
	peerIDs    map[session]uint16
	prefixes   map[network][]held
	attributes []string // of routes, as TABLE_DUMP_V2 writes them
	ids        map[string]uint32
	from       time.Time // of the table dump
	decoder    bgp.Attributes
	scratch    []byte
}

// snapshotPeer is a session. Its epoch counts how often it went down: routes of an earlier epoch are gone.
type snapshotPeer struct {
	mrt.Peer
	epoch uint32
}

type network struct {
	prefix netip.Prefix
	family bgp.Family
}

// held is a route of a peer.
type held struct {
	peer       uint16
	epoch      uint32
	pathID     uint32
	hasID      bool
	attributes uint32
	since      uint32
}

// NewSnapshot returns an empty table.
func NewSnapshot(at time.Time, filter *Filter) *Snapshot {
	return &Snapshot{At: at, Filter: filter, peerIDs: map[session]uint16{}, prefixes: map[network][]held{}, ids: map[string]uint32{}}
}

// FirstRecord returns the time of a decompressed MRT file's first record, and whether it belongs to a table dump.
func FirstRecord(in io.Reader, file string) (at time.Time, isRIB bool, err error) {
	for rec, err := range mrt.NewReader(in, file).Records() {
		var damage *mrt.Damage
		switch {
		case errors.As(err, &damage):
			continue
		case err != nil:
			return at, false, err
		}
		return time.Unix(int64(rec.Seconds), 0).UTC(), rec.IsRIB(), nil
	}
	return at, false, fmt.Errorf("%s: no MRT record in the file", file)
}

// Load applies a file: a table dump, or updates later than it. Damage and malformed records are passed to report.
func (s *Snapshot) Load(in io.Reader, file string, report func(error)) error {
	rib := mrt.NewRIB()
	for rec, err := range mrt.NewReader(in, file).Records() {
		var damage *mrt.Damage
		switch {
		case errors.As(err, &damage):
			report(damage)
			continue
		case err != nil:
			return err
		}
		if rec.IsRIB() {
			if s.from.IsZero() {
				s.from = time.Unix(int64(rec.Seconds), 0).UTC()
			}
			err = s.entries(rec, rib)
		} else {
			when := time.Unix(int64(rec.Seconds), int64(rec.Micros)*1000)
			if when.Before(s.from) || when.After(s.At) {
				continue
			}
			err = s.message(rec)
		}
		if err != nil && !errors.Is(err, mrt.ErrNotDecoded) {
			report(recordError(rec, file, err))
		}
	}
	return nil
}

// peer returns the index of a session, adding it if it is new.
func (s *Snapshot) peer(p mrt.Peer) (uint16, error) {
	key := session{p.Address, p.ASN}
	id, ok := s.peerIDs[key]
	if !ok {
		if len(s.peers) > math.MaxUint16 {
			return 0, errors.New("more than 65,536 peers")
		}
		id = uint16(len(s.peers))
		s.peers = append(s.peers, snapshotPeer{Peer: p})
		s.peerIDs[key] = id
	}
	return id, nil
}

func (s *Snapshot) entries(rec *mrt.Record, rib *mrt.RIB) error {
	var wrong error
	_, err := rib.Entries(rec, func(e *mrt.Entry) {
		peer := rib.Peers[e.Peer]
		if !e.Prefix.IsValid() || !s.Filter.prefix(e.Prefix) || !s.Filter.peer(&peer) {
			return
		}
		id, err := s.peer(peer)
		if err == nil {
			err = s.decoder.Decode(e.Attributes, e.Form)
		}
		if err != nil {
			wrong = err
			return
		}
		route := held{peer: id, pathID: e.PathID, hasID: e.HasPathID, since: e.Originated}
		s.put(network{e.Prefix, e.Family}, route, s.wire(e.Attributes, e.Form, e.Family.AFI == bgp.IPv6))
	})
	return cmp.Or(err, wrong)
}

// put adds the peer's route, or replaces it.
func (s *Snapshot) put(n network, h held, attributes []byte) {
	id, ok := s.ids[string(attributes)]
	if !ok {
		id = uint32(len(s.attributes))
		text := string(attributes)
		s.attributes = append(s.attributes, text)
		s.ids[text] = id
	}
	h.attributes, h.epoch = id, s.peers[h.peer].epoch
	routes := s.prefixes[n]
	for i := range routes {
		if r := &routes[i]; r.peer == h.peer && r.hasID == h.hasID && r.pathID == h.pathID {
			*r = h
			return
		}
	}
	s.prefixes[n] = append(routes, h)
}

// drop removes the peer's route.
func (s *Snapshot) drop(n network, h held) {
	s.prefixes[n] = slices.DeleteFunc(s.prefixes[n], func(r held) bool { return r.peer == h.peer && r.hasID == h.hasID && r.pathID == h.pathID })
}

func (s *Snapshot) message(rec *mrt.Record) error {
	const established = 6
	m, err := rec.ParseMessage()
	if err != nil || m.Local || !s.Filter.peer(&m.Peer) {
		return err
	}
	id, err := s.peer(mrt.Peer{Address: m.Peer.Address, ASN: m.Peer.ASN})
	if err != nil {
		return err
	}
	if m.StateChange {
		if m.NewState != established {
			s.peers[id].epoch++
		}
		return nil
	}
	if m.Kind != bgp.MessageUpdate {
		return nil
	}
	u, err := bgp.ParseUpdate(m.Body)
	if err != nil {
		return err
	}
	each := func(f bgp.Family, nlri []byte, use func(network, held)) error {
		if !f.Native() {
			return nil
		}
		addPath := bgp.PathIDs(nlri, f, m.Form.AddPath)
		for all := bgp.Prefixes(nlri, f, addPath); all.More(); {
			prefix, pathID, err := all.Next()
			if err != nil {
				return err
			}
			if s.Filter.prefix(prefix) {
				use(network{prefix, f}, held{peer: id, pathID: pathID, hasID: addPath, since: rec.Seconds})
			}
		}
		return nil
	}
	v4 := bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast}
	if err := each(v4, u.Withdrawn, s.drop); err != nil {
		return err
	}
	a := &s.decoder
	if err := a.Decode(u.Attributes, m.Form); err != nil {
		return err
	}
	if a.Has(bgp.TypeUnreach) {
		if err := each(a.Unreach.Family, a.Unreach.NLRI, s.drop); err != nil {
			return err
		}
	}
	announce := func(multi bool) func(network, held) {
		var wire []byte
		return func(n network, h held) {
			if a.Handling(m.Internal()) >= bgp.TreatAsWithdraw {
				s.drop(n, h)
				return
			}
			if wire == nil {
				wire = slices.Clone(s.wire(u.Attributes, m.Form, multi))
			}
			s.put(n, h, wire)
		}
	}
	if err := each(v4, u.NLRI, announce(false)); err != nil {
		return err
	}
	if a.Has(bgp.TypeReach) {
		return each(a.Reach.Family, a.Reach.NLRI, announce(true))
	}
	return nil
}

// wire re-encodes the attributes b, which the decoder holds, for TABLE_DUMP_V2 (see bgp.Attributes.AppendTable).
func (s *Snapshot) wire(b []byte, form bgp.Form, multi bool) []byte {
	s.scratch = s.decoder.AppendTable(s.scratch[:0], b, form, multi)
	return s.scratch
}

// WriteTo writes the table as an MRT file of the snapshot's time (TABLE_DUMP_V2, RFC 6396 section 4.3 and RFC 8050),
// ordered by family, prefix and peer.
func (s *Snapshot) WriteTo(out io.Writer) (int64, error) {
	w := bufio.NewWriterSize(out, 1<<20)
	n := int64(0)
	record := func(subtype uint16, body []byte) {
		var head [12]byte
		binary.BigEndian.PutUint32(head[:], uint32(s.At.Unix()))
		binary.BigEndian.PutUint16(head[4:], uint16(mrt.TableDumpV2))
		binary.BigEndian.PutUint16(head[6:], subtype)
		binary.BigEndian.PutUint32(head[8:], uint32(len(body)))
		w.Write(head[:]) // a bufio.Writer keeps its error for Flush
		w.Write(body)
		n += int64(len(head) + len(body))
	}
	b := make([]byte, 6, 4096)
	b = binary.BigEndian.AppendUint16(b, uint16(len(s.peers)))
	for _, p := range s.peers {
		const as4, ipv6 = 2, 1
		kind := byte(as4)
		if p.Address.Is6() {
			kind |= ipv6
		}
		id := netip.IPv4Unspecified()
		if p.BGPID.IsValid() {
			id = p.BGPID
		}
		b = append(append(append(b, kind), id.AsSlice()...), p.Address.AsSlice()...)
		b = binary.BigEndian.AppendUint32(b, p.ASN)
	}
	record(1, b)
	sorted := slices.SortedFunc(maps.Keys(s.prefixes), func(a, b network) int {
		return cmp.Or(cmp.Compare(a.family.AFI, b.family.AFI), cmp.Compare(a.family.SAFI, b.family.SAFI), a.prefix.Addr().Compare(b.prefix.Addr()),
			cmp.Compare(a.prefix.Bits(), b.prefix.Bits()))
	})
	sequence := uint32(0)
	for _, network := range sorted {
		routes := slices.DeleteFunc(slices.Clone(s.prefixes[network]), func(r held) bool { return r.epoch != s.peers[r.peer].epoch })
		slices.SortFunc(routes, func(a, b held) int {
			return cmp.Or(cmp.Compare(b2i(a.hasID), b2i(b.hasID)), cmp.Compare(a.peer, b.peer), cmp.Compare(a.pathID, b.pathID))
		})
		for len(routes) > 0 {
			n := 1 // routes in one record
			for n < len(routes) && n < math.MaxUint16 && routes[n].hasID == routes[0].hasID {
				n++
			}
			b = binary.BigEndian.AppendUint32(b[:0], sequence)
			sequence++
			b = append(b, byte(network.prefix.Bits()))
			b = append(b, network.prefix.Addr().AsSlice()[:(network.prefix.Bits()+7)/8]...)
			b = binary.BigEndian.AppendUint16(b, uint16(n))
			for _, r := range routes[:n] {
				b = binary.BigEndian.AppendUint16(b, r.peer)
				b = binary.BigEndian.AppendUint32(b, r.since)
				if r.hasID {
					b = binary.BigEndian.AppendUint32(b, r.pathID)
				}
				b = binary.BigEndian.AppendUint16(b, uint16(len(s.attributes[r.attributes])))
				b = append(b, s.attributes[r.attributes]...)
			}
			record(mrt.RIBSubtype(network.family, routes[0].hasID), b)
			routes = routes[n:]
		}
	}
	return n, w.Flush()
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
