package dump

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// Preview is what the beginning of a file says of it.
type Preview struct {
	First   time.Time // of the first record
	HasDump bool      // a record near the beginning is of a table dump
}

// previewed is how far into a file Look searches for a table dump, in bytes.
const previewed = 1 << 20

// Look reads the beginning of a decompressed MRT file. It returns ErrNoRecords for an empty one, and the damage of one without
// a record.
func Look(in io.Reader, file string) (p Preview, err error) {
	none := ErrNoRecords
	for rec, err := range mrt.NewReader(in, file).Records() {
		var damage *mrt.Damage
		switch {
		case errors.As(err, &damage):
			if none == ErrNoRecords {
				none = damage
			}
			continue
		case err != nil:
			return p, err
		}
		if none != nil {
			none, p.First = nil, rec.Time()
		}
		if p.HasDump = rec.IsRIB(); p.HasDump || rec.Offset > previewed {
			break
		}
	}
	return p, none
}

// later is an update that waits until all table dumps are read.
type later struct {
	mrt.Record
	file string
}

// maxWaiting bounds the updates that are held because they lie in the file of a table dump, in bytes.
const maxWaiting = 256 << 20

// LoadTables applies the table dumps in a file. Updates in it are held until the others are applied. Damage, malformed records and
// what cannot be applied are passed to report.
func (s *Snapshot) LoadTables(ctx context.Context, in io.Reader, file string, report func(error)) error {
	rib, dump := mrt.NewRIB(), tableDump{}
	return s.load(ctx, in, file, report, func(rec *mrt.Record) error {
		if rec.IsRIB() {
			return s.tableRecord(rec, &dump, rib)
		}
		if rec.Time().After(s.At) {
			return nil
		}
		if s.waitingSize += len(rec.Body); s.waitingSize > maxWaiting {
			return fmt.Errorf("more than %d bytes of updates lie in the files of table dumps; give them as files of their own", maxWaiting)
		}
		held := later{*rec, file}
		held.Body = slices.Clone(rec.Body)
		s.waiting = append(s.waiting, held)
		return nil
	})
}

// LoadUpdates applies a file of updates. All table dumps were loaded before, and files of earlier updates.
func (s *Snapshot) LoadUpdates(ctx context.Context, in io.Reader, file string, report func(error)) error {
	return s.load(ctx, in, file, report, func(rec *mrt.Record) error {
		when := rec.Time()
		if rec.IsRIB() {
			return s.once("a table dump lies behind updates and is not used; give it as a file of its own", file)
		}
		if when.After(s.At) {
			return nil
		}
		s.applyWaiting(when, report)
		return s.Update(rec)
	})
}

// Finish applies the updates that were held, and reports of which routes no table dump was given.
func (s *Snapshot) Finish(report func(error)) {
	s.applyWaiting(s.At, report)
	for _, p := range s.planes {
		if p.from.IsZero() && p.announced {
			report(fmt.Errorf("no table dump has %s: of this family the table has only what the updates announce", p.family))
		}
	}
}

// applyWaiting applies the updates up to a time that were held.
func (s *Snapshot) applyWaiting(until time.Time, report func(error)) {
	slices.SortStableFunc(s.waiting, func(a, b later) int { return a.Time().Compare(b.Time()) })
	for len(s.waiting) > 0 && !s.waiting[0].Time().After(until) {
		rec := &s.waiting[0].Record
		if err := s.Update(rec); err != nil && !errors.Is(err, mrt.ErrNotDecoded) {
			report(recordError(rec, s.waiting[0].file, err))
		}
		s.waiting = s.waiting[1:]
	}
}

// once returns an error with the text, which names what it is about, if it was not returned before.
func (s *Snapshot) once(text, about string) error {
	if s.told[text+about] {
		return nil
	}
	s.told[text+about] = true
	return errors.New(text)
}

// load calls each with the records of a file.
func (s *Snapshot) load(ctx context.Context, in io.Reader, file string, report func(error), each func(*mrt.Record) error) error {
	has := contents{file: file}
	for rec, err := range mrt.NewReader(in, file).Records() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var damage *mrt.Damage
		switch {
		case errors.As(err, &damage):
			has.damaged = true
			report(damage)
			continue
		case err != nil:
			return err
		}
		has.record(rec)
		if err := each(rec); err != nil && !errors.Is(err, mrt.ErrNotDecoded) {
			report(recordError(rec, file, err))
		}
	}
	return has.verdict(report)
}

// tableDump is the dump whose records are being read.
type tableDump struct {
	number    uint16
	from      time.Time
	collector netip.Addr
	view      string
	sequence  int // of TABLE_DUMP
}

// begins reports whether a record begins another dump, and makes it the current one. TABLE_DUMP has no record for that: there the
// sequence number starts again.
func (d *tableDump) begins(rec *mrt.Record) bool {
	next := tableDump{from: rec.Time(), number: d.number}
	switch b := rec.Body; {
	case rec.IsPeerTable():
		if len(b) >= 6 {
			next.collector = netip.AddrFrom4([4]byte(b))
			next.view = string(b[6:min(len(b), 6+int(binary.BigEndian.Uint16(b[4:])))])
		}
		if d.number > 0 && next == (tableDump{number: d.number, from: d.from, collector: d.collector, view: d.view}) {
			return false // repeated
		}
	case rec.Type == mrt.TableDump && len(b) >= 4:
		next.view, next.sequence = strconv.Itoa(int(binary.BigEndian.Uint16(b))), int(binary.BigEndian.Uint16(b[2:]))
		was := d.sequence
		d.sequence = next.sequence
		const wraps = 1<<16 - 1
		if d.number > 0 && d.view == next.view && (next.sequence > 0 || was == 0 || was == wraps) {
			return false
		}
	default:
		return d.number == 0
	}
	*d = next
	return true
}

// tableRecord applies a record of a table dump.
func (s *Snapshot) tableRecord(rec *mrt.Record, d *tableDump, rib *mrt.RIB) error {
	if d.begins(rec) {
		s.dumps++
		d.number = s.dumps
		if d.from.IsZero() {
			d.from = rec.Time()
		}
	}
	var plane uint16
	var family bgp.Family
	use := false
	var wrong error
	_, err := rib.Entries(rec, func(e *mrt.Entry) {
		peer := rib.Peers[e.Peer]
		if d.from.After(s.At) || !s.Filter.prefix(e.Prefix) || !s.Filter.peer(&peer) {
			return
		}
		err := error(nil)
		if family != e.Family {
			family = e.Family
			plane, use, err = s.open(planeKey{d.collector, d.view, e.Family}, d.from)
		}
		var id uint16
		if err == nil && use {
			if id, err = s.peer(d.collector, peer); err == nil {
				err = s.decoder.Decode(e.Attributes, e.Form)
			}
		}
		switch {
		case err != nil:
			wrong = err
		case use:
			route := held{peer: id, plane: plane, dump: d.number, pathID: e.PathID, hasID: e.HasPathID, since: e.Originated}
			n := network{prefix: e.Prefix, family: e.Family}
			if !e.Family.Native() {
				route.nlri, n.key = s.intern(e.NLRI), s.intern(e.Family.RouteKey(e.NLRI))
			}
			s.put(n, route, s.wire(e.Attributes, e.Form, e.Family.AFI == bgp.IPv6))
		}
	})
	return cmp.Or(err, wrong)
}

// open returns the plane of a table dump's routes, and whether they are wanted: those of an older dump are not, and a newer
// dump ends the routes of the one before it.
func (s *Snapshot) open(key planeKey, from time.Time) (id uint16, use bool, err error) {
	if id, err = s.plane(key); err != nil {
		return 0, false, err
	}
	p := &s.planes[id]
	switch {
	case from.Before(p.from):
		return id, false, nil
	case from.After(p.from):
		if !p.from.IsZero() {
			for i := range s.peers {
				if s.peers[i].collector == key.collector {
					s.peers[i].end(id)
				}
			}
		}
		p.from = from
	}
	return id, true, nil
}

// Update applies a message or a change of state, whatever its time. An error says that it is malformed: what RFC 7606 treats as
// withdrawn is, and of what it answers with a reset of the session no route is changed.
func (s *Snapshot) Update(rec *mrt.Record) error {
	m, err := rec.ParseMessage()
	if err != nil || m.Local || !s.Filter.peer(&m.Peer) {
		return err
	}
	ids, err := s.sessionsOf(&m)
	if err != nil || len(ids) == 0 {
		return err
	}
	if m.StateChange {
		s.state(&m, ids, rec.Time())
		return nil
	}
	switch m.Kind {
	case bgp.MessageOpen:
		if open, err := bgp.ParseOpen(m.Body); err == nil && !s.peers[ids[0]].BGPID.IsValid() {
			s.peers[ids[0]].BGPID = open.ID
		}
	case bgp.MessageUpdate:
		return s.routesOf(rec, &m, ids[0])
	}
	return nil
}

// sessionsOf returns the sessions that a message is of. Where its AS number does not fit into two octets, it is AS_TRANS, which
// stands for the larger numbers of the address (RFC 6793 section 3).
func (s *Snapshot) sessionsOf(m *mrt.Message) ([]uint16, error) {
	key := session{m.Peer.Address, m.Peer.ASN}
	if ids := s.sessions[key]; len(ids) == 1 {
		return ids, nil
	} else if len(ids) > 1 {
		return nil, s.once(fmt.Sprintf("several collectors have a session with %s AS%d, and an update does not say which is meant; give the files of one", key.address, key.asn), "")
	}
	if m.Form.ASSize == 2 && m.Peer.ASN == bgp.TransASN {
		var ids []uint16
		for i := range s.peers {
			if p := &s.peers[i]; p.Address == m.Peer.Address && p.ASN > 1<<16-1 {
				ids = append(ids, uint16(i))
			}
		}
		if len(ids) > 0 && (len(ids) == 1 || m.StateChange) {
			return ids, nil
		}
	}
	id, err := s.peer(s.collector(), mrt.Peer{Address: m.Peer.Address, ASN: m.Peer.ASN})
	return []uint16{id}, err
}

// state ends the routes of a session that leaves or enters the state Established, as a new session begins with none (RFC
// 4271 section 8.2). Other changes are those of a connection that never was the session.
func (s *Snapshot) state(m *mrt.Message, ids []uint16, when time.Time) {
	const established = 6
	if m.OldState != established && m.NewState != established {
		return
	}
	for _, id := range ids {
		for plane := range s.planes {
			if p := &s.planes[plane]; p.collector == s.peers[id].collector && !when.Before(p.from) {
				s.peers[id].end(uint16(plane))
			}
		}
	}
}

// planeOf returns the plane that a session's updates of a family change at a time, and whether they do.
func (s *Snapshot) planeOf(id uint16, f bgp.Family, when time.Time) (plane uint16, use bool, err error) {
	collector, found := s.peers[id].collector, 0
	for i := range s.planes {
		if p := &s.planes[i]; p.collector == collector && p.family == f {
			plane = uint16(i)
			found++
		}
	}
	switch found {
	case 0:
		plane, err = s.plane(planeKey{collector, "", f})
		return plane, err == nil, err
	case 1:
		return plane, !when.Before(s.planes[plane].from), nil
	}
	return 0, false, s.once(fmt.Sprintf("the collector has several views of %s, and an update does not say which is meant", f), collector.String())
}

// routesOf applies an UPDATE. Malformed attributes withdraw its routes where RFC 7606 asks for that.
func (s *Snapshot) routesOf(rec *mrt.Record, m *mrt.Message, id uint16) error {
	each := func(f bgp.Family, nlri []byte, use func(network, held)) error {
		return s.field(rec, m, id, f, nlri, use)
	}
	u, err := bgp.ParseUpdate(m.Body)
	if err != nil {
		return err
	}
	v4 := bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast}
	if err := each(v4, u.Withdrawn, s.drop); err != nil {
		return err
	}
	a := &s.decoder
	wrong := a.DecodeUpdate(&u, m.Form)
	if wrong != nil && a.Handling(m.Internal()) == bgp.SessionReset {
		return wrong // the session is reset, and its change of state follows
	}
	if a.Has(bgp.TypeUnreach) {
		if err := each(a.Unreach.Family, a.Unreach.NLRI, s.drop); err != nil {
			return err
		}
	}
	if wrong == nil {
		wrong = withdraws(a, m.Internal())
	}
	announce := func(multi bool) func(network, held) {
		var wire []byte
		return func(n network, h held) {
			if wrong != nil {
				s.drop(n, h)
				return
			}
			if wire == nil {
				wire = slices.Clone(s.wire(u.Attributes, m.Form, multi))
			}
			s.planes[h.plane].announced = true
			s.put(n, h, wire)
		}
	}
	if err := each(v4, u.NLRI, announce(false)); err != nil {
		return err
	}
	if a.Has(bgp.TypeReach) {
		if err := each(a.Reach.Family, a.Reach.NLRI, announce(true)); err != nil {
			return err
		}
	}
	if wrong != nil {
		return fmt.Errorf("%w; its routes are treated as withdrawn (RFC 7606)", wrong)
	}
	return nil
}

// field calls use with the routes of a field of NLRI of a message, if updates change the routes of their family then.
func (s *Snapshot) field(rec *mrt.Record, m *mrt.Message, id uint16, f bgp.Family, nlri []byte, use func(network, held)) error {
	if len(nlri) == 0 {
		return nil
	}
	plane, changes, err := s.planeOf(id, f, rec.Time())
	if err != nil || !changes {
		return err
	}
	return s.eachNLRI(f, nlri, m.Form.AddPath, func(n network, h held) {
		h.peer, h.plane, h.since = id, plane, rec.Seconds
		use(n, h)
	})
}

// eachNLRI calls use with each NLRI of a field that passes the filter.
func (s *Snapshot) eachNLRI(f bgp.Family, nlri []byte, addPath bool, use func(network, held)) error {
	if f.Native() {
		addPath = bgp.PathIDs(nlri, f, addPath)
		for all := bgp.Prefixes(nlri, f, addPath); all.More(); {
			prefix, pathID, err := all.Next()
			if err != nil {
				return err
			}
			if s.Filter.prefix(prefix) {
				use(network{prefix: prefix, family: f}, held{pathID: pathID, hasID: addPath})
			}
		}
		return nil
	}
	for raw, err := range f.Split(nlri, addPath) {
		if err != nil {
			return err
		}
		if s.Filter.prefix(netip.Prefix{}) {
			use(network{family: f, key: s.intern(f.RouteKey(raw.NLRI))}, held{pathID: raw.PathID, hasID: raw.HasPathID, nlri: s.intern(raw.NLRI)})
		}
	}
	return nil
}

// withdraws returns why routes with the attributes are treated as withdrawn; nil if they are not.
func withdraws(a *bgp.Attributes, internal bool) error {
	for _, p := range a.Problems() {
		if p.Handling(internal) >= bgp.TreatAsWithdraw {
			return errors.New(p.String())
		}
	}
	return nil
}

// wire re-encodes the attributes b, which the decoder holds, for TABLE_DUMP_V2 (see bgp.Attributes.AppendTable).
func (s *Snapshot) wire(b []byte, form bgp.Form, multi bool) []byte {
	s.scratch = s.decoder.AppendTable(s.scratch[:0], b, form, multi)
	return s.scratch
}
