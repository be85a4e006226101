package dump

import (
	"cmp"
	"errors"
	"fmt"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// ribEntry is a RIB entry that passes the filter.
type ribEntry struct {
	*mrt.Entry
	rec     *mrt.Record
	index   int // see packets
	peer    *mrt.Peer
	attrs   bgp.Attributes
	decoded bool
}

// attributes decodes the entry's attributes on demand: a printer that has just shown the same bytes does not need them.
func (r *ribEntry) attributes() (*bgp.Attributes, error) {
	if !r.decoded {
		if err := r.attrs.Decode(r.Attributes, r.Form); err != nil {
			return nil, err
		}
		r.decoded = true
	}
	return &r.attrs, nil
}

// message is a BGP4MP or BGP record.
type message struct {
	mrt.Message
	rec    *mrt.Record
	index  int // see packets
	update bgp.Update
	attrs  *bgp.Attributes // of an UPDATE; nil if they were not decoded
	parts  []part          // the fields with NLRI that pass the filter
	filter *Filter
	ended  bgp.Family // of an End-of-RIB marker
	isEnd  bool
}

// sender returns the end of the session that sent the message, and receiver the other.
func (m *message) sender() *mrt.Peer {
	if m.Local {
		return &m.Collector
	}
	return &m.Peer
}

func (m *message) receiver() *mrt.Peer {
	if m.Local {
		return &m.Peer
	}
	return &m.Collector
}

// part is a field of an UPDATE that holds NLRI.
type part struct {
	announce bool
	multi    bool // MP_REACH_NLRI or MP_UNREACH_NLRI
	family   bgp.Family
	nlri     []byte
	addPath  bool
}

// worker decodes and prints batches.
type worker struct {
	file    string
	options *Options
	filter  *Filter
	printer printer
	base    *mrt.RIB // what rib was cloned from
	rib     *mrt.RIB
	attrs   bgp.Attributes
	entry   ribEntry
	message message
	packets packets
}

func newWorker(file string, options *Options) *worker {
	return &worker{file: file, options: options, filter: &options.Filter, printer: options.printer()}
}

func (w *worker) show(j *job) {
	j.out, j.wrong = j.out[:0], j.wrong[:0]
	if w.base != j.rib {
		w.base, w.rib = j.rib, j.rib.Clone()
	}
	w.packets = j.before
	for i := range j.batch.Records {
		rec := &j.batch.Records[i]
		if w.options.PacketIndex {
			w.packets.count(rec)
		}
		if !w.filter.record(rec) {
			if rec.IsPeerTable() {
				w.rib.ReadPeerTable(rec)
			}
			continue
		}
		if err := w.record(rec, j); err != nil {
			j.wrong = append(j.wrong, recordError(rec, w.file, err))
		}
	}
}

func (w *worker) record(rec *mrt.Record, j *job) (err error) {
	if !rec.IsRIB() {
		return w.bgp(rec, j)
	}
	if rec.IsPeerTable() {
		w.other(rec, j, "")
	}
	w.entry.rec, w.entry.index = rec, w.packets.index()
	_, err = w.rib.Entries(rec, func(e *mrt.Entry) {
		peer := &w.rib.Peers[e.Peer]
		if !w.filter.prefix(e.Prefix) || !w.filter.peer(peer) {
			return
		}
		r := &w.entry
		r.Entry, r.peer, r.decoded = e, peer, false
		wrong := w.filter.entry(r)
		if wrong == nil {
			j.out, wrong = w.printer.entry(j.out, r)
		}
		if wrong != nil && wrong != errFiltered {
			j.wrong = append(j.wrong, recordError(rec, w.file, fmt.Errorf("%s of %s: %w", appendPrefix(nil, e.Family, e.Prefix, e.NLRI), peer.Address, wrong)))
		}
	})
	if errors.Is(err, mrt.ErrNotDecoded) {
		w.other(rec, j, "not decoded")
		return nil
	}
	return err
}

func (w *worker) other(rec *mrt.Record, j *job, note string) {
	if w.filter.showsOther() {
		j.out = w.printer.other(j.out, rec, note)
	}
}

func (w *worker) bgp(rec *mrt.Record, j *job) (err error) {
	m := &w.message
	*m = message{rec: rec, index: w.packets.index(), parts: m.parts[:0], filter: w.filter}
	m.Message, err = rec.ParseMessage()
	if errors.Is(err, mrt.ErrNotDecoded) {
		w.other(rec, j, "not decoded")
		return nil
	}
	cut := errors.Is(err, bgp.ErrCut)
	if err != nil && !cut {
		return err
	}
	if !w.filter.peer(m.sender()) {
		return nil
	}
	if m.StateChange || m.Kind != bgp.MessageUpdate {
		kind := "state"
		if !m.StateChange {
			kind = messageKind(m.Kind)
		}
		if w.filter.wants(kind) && !w.filter.hasRouteConditions() {
			j.out = w.printer.message(j.out, m)
		}
		if m.Kind == bgp.MessageOpen && !cut {
			_, err = bgp.ParseOpen(m.Body)
		}
		return err
	}
	wrong := w.update(m)
	if len(m.parts) > 0 || wrong == nil && w.filter.showsEmpty() {
		j.out = w.printer.message(j.out, m)
	}
	return cmp.Or(err, wrong)
}

// update splits an UPDATE into its fields. On error the rest of the message is lost.
func (w *worker) update(m *message) (err error) {
	if m.update, err = bgp.ParseUpdate(m.Body); err != nil {
		return err
	}
	v4 := bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast}
	add := func(p part) error { return w.add(m, p) }
	if err := add(part{family: v4, nlri: m.update.Withdrawn}); err != nil {
		return err
	}
	a := &w.attrs
	if err := a.DecodeUpdate(&m.update, m.Form); err != nil {
		return err
	}
	m.attrs = a
	if a.Has(bgp.TypeUnreach) {
		if err := add(part{multi: true, family: a.Unreach.Family, nlri: a.Unreach.NLRI}); err != nil {
			return err
		}
	}
	if m.ended, m.isEnd = m.update.EndOfRIB(a); m.isEnd {
		return nil
	}
	if !w.filter.attributes(a) {
		m.parts = m.parts[:0] // withdrawals have no attributes to filter by
		return nil
	}
	if err := add(part{announce: true, family: v4, nlri: m.update.NLRI}); err != nil {
		return err
	}
	if a.Has(bgp.TypeReach) {
		return add(part{announce: true, multi: true, family: a.Reach.Family, nlri: a.Reach.NLRI})
	}
	return nil
}

// add adds a field of NLRI to the parts of a message if it passes the filter. Of a field that is damaged the prefixes before the
// damage are added.
func (w *worker) add(m *message, p part) (err error) {
	if len(p.nlri) == 0 || !w.filter.kind(p.announce) {
		return nil
	}
	p.addPath = m.Form.AddPath
	if p.family.Native() {
		p.addPath = bgp.PathIDs(p.nlri, p.family, p.addPath)
		for all := bgp.Prefixes(p.nlri, p.family, p.addPath); all.More(); {
			before := all.Rest()
			if _, _, err := all.Next(); err != nil {
				p.nlri = p.nlri[:len(p.nlri)-len(before)]
				if len(p.nlri) > 0 && w.filter.routes(&p) {
					m.parts = append(m.parts, p)
				}
				return err
			}
		}
	} else if p.family.Named() {
		for _, e := range p.family.Split(p.nlri, p.addPath) {
			err = cmp.Or(err, e)
		}
	}
	if w.filter.routes(&p) {
		m.parts = append(m.parts, p)
	}
	return err
}
