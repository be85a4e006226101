package routeviews

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/gaissmai/bart"

	"tidemark/collectors/bgp"
	"tidemark/collectors/bmp"
	"tidemark/collectors/mrt"
)

// Bounds of what is known of all routers: RouteViews has some fifty, and some thousand sessions.
const (
	maxRouters = 1000
	maxPeers   = 1 << 16
)

// decoder reads messages of the bus.
type decoder struct {
	prefixes   bart.Lite
	ases       map[uint32]bool
	routers    map[routerKey]*router
	peers      int // of all routers, that are up
	attributes bgp.Attributes
}

type routerKey struct {
	group   string
	address netip.Addr
}

type router struct {
	*bmp.Router
	beforePolicy bool // it reports RIBs before policy
}

func newDecoder(prefixes []netip.Prefix, ases []uint32) *decoder {
	d := &decoder{ases: map[uint32]bool{}, routers: map[routerKey]*router{}}
	for _, p := range prefixes {
		d.prefixes.Insert(p)
	}
	for _, asn := range ases {
		d.ases[asn] = true
	}
	return d
}

var (
	errRouters = errors.New("too many routers; this one is left out")
	errPeers   = errors.New("too many peers are up; this one is left out")
)

// read reads a message that the bus got at a time. The record is lent until the next call, and the message may be changed.
func (d *decoder) read(value []byte, at time.Time) (m Message, err error) {
	e, err := bmp.ParseEnvelope(value)
	if err != nil {
		return m, err
	}
	if e.Time.IsZero() {
		e.Time = at.UTC()
	}
	key := routerKey{e.Group, e.Router}
	r := d.routers[key]
	if r == nil {
		if len(d.routers) >= maxRouters {
			return m, errRouters
		}
		r = &router{Router: bmp.NewRouter()}
		d.routers[key] = r
	}
	m.Time, m.Collector = e.Time, e.Group
	switch bmp.Kind(e.Message) {
	case bmp.RouteMonitoring:
		m.Record, err = d.update(r, e.Message)
	case bmp.PeerUp, bmp.PeerDown:
		m.Record, err = d.stateChange(r, e.Message)
	}
	if err != nil || m.Record == nil {
		return m, err
	}
	rec, err := mrt.ParseRecord(m.Record)
	if err != nil {
		return m, err
	}
	told, err := rec.ParseMessage()
	m.Peer = told.Peer.Address
	if err == nil {
		err = mrt.SetTime(m.Record, uint32(m.Time.Unix()), uint32(m.Time.Nanosecond()/1000))
	}
	return m, err
}

// stateChange returns the change of state that a Peer Up or Peer Down reports.
func (d *decoder) stateChange(r *router, message []byte) ([]byte, error) {
	if d.peers >= maxPeers && bmp.Kind(message) == bmp.PeerUp {
		return nil, errPeers
	}
	before := r.Peers()
	all, err := r.Records(message)
	d.peers += r.Peers() - before
	if len(all) > 0 { // the session is over even if its NOTIFICATION cannot be read
		err = nil
	}
	return lastRecord(all), err
}

// lastRecord returns the last of the records; nil if there is none.
func lastRecord(all []byte) []byte {
	const header = 12 // RFC 6396 section 2
	for len(all) > header {
		n := header + int(binary.BigEndian.Uint32(all[8:]))
		if n >= len(all) {
			return all
		}
		all = all[n:]
	}
	return nil
}

// update returns the record of an UPDATE about what is watched; nil for any other Route Monitoring.
func (d *decoder) update(r *router, message []byte) ([]byte, error) {
	if len(message) < bmp.HeaderSize+bmp.PeerSize {
		return nil, fmt.Errorf("per-peer header: %w", bgp.ErrShort)
	}
	peer := message[bmp.HeaderSize:]
	flags := &peer[1]
	if peer[0] == bmp.LocRIB || *flags&bmp.FlagOut != 0 || *flags&bmp.FlagPostPolicy != 0 && r.beforePolicy {
		return nil, nil
	}
	r.beforePolicy = *flags&bmp.FlagPostPolicy == 0
	kind, body, err := bgp.ParseHeader(peer[bmp.PeerSize:])
	if err != nil || kind != bgp.MessageUpdate {
		return nil, err
	}
	u, err := bgp.ParseUpdate(body)
	if err != nil {
		return nil, err
	}
	form, err := d.decode(u.Attributes, *flags&bmp.FlagTwoOctets != 0)
	if err != nil || !d.isWatched(&u) {
		return nil, err
	}
	*flags &^= bmp.FlagPostPolicy
	if form.ASSize == 2 {
		*flags |= bmp.FlagTwoOctets
	}
	if asn := binary.BigEndian.Uint32(peer[26:]); asn != collectorASN {
		message = withoutCollector(message, &u, form)
	}
	all, err := r.Records(message)
	return lastRecord(all), err
}

// decode decodes the attributes, and returns of what form they are.
func (d *decoder) decode(attributes []byte, twoOctets bool) (form bgp.Form, err error) {
	form.ASSize = 4
	if twoOctets {
		form.ASSize = 2
	}
	err = d.attributes.Decode(attributes, form)
	if err != nil || twoOctets || !d.attributes.Malformed(bgp.TypeASPath) {
		return form, err
	}
	two := bgp.Form{ASSize: 2}
	if err = d.attributes.Decode(attributes, two); err == nil && !d.attributes.Malformed(bgp.TypeASPath) {
		return two, nil
	}
	return form, d.attributes.Decode(attributes, form)
}

// isWatched reports whether an UPDATE, whose attributes are decoded, announces or withdraws a prefix inside one that is watched, or
// announces one of an AS that is.
func (d *decoder) isWatched(u *bgp.Update) bool {
	a := &d.attributes
	ipv4 := bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast}
	if d.haveWatched(u.NLRI, ipv4) || d.haveWatched(u.Withdrawn, ipv4) || d.haveWatched(a.Reach.NLRI, a.Reach.Family) || d.haveWatched(a.Unreach.NLRI, a.Unreach.Family) {
		return true
	}
	if len(u.NLRI) == 0 && len(a.Reach.NLRI) == 0 {
		return false
	}
	asn, set := a.Path.Origin()
	return d.ases[asn] || slices.ContainsFunc(set, func(asn uint32) bool { return d.ases[asn] })
}

// haveWatched reports whether one of the NLRI is inside a prefix that is watched.
func (d *decoder) haveWatched(nlri []byte, f bgp.Family) bool {
	if !f.Native() {
		return false
	}
	for all := bgp.Prefixes(nlri, f, bgp.PathIDs(nlri, f, false)); all.More(); {
		p, _, err := all.Next()
		if err != nil {
			return false
		}
		if d.prefixes.LookupPrefix(p) {
			return true
		}
	}
	return false
}

// withoutCollector returns the message with an UPDATE without RouteViews' own AS, where the path begins with that.
func withoutCollector(message []byte, u *bgp.Update, form bgp.Form) []byte {
	body := append(binary.BigEndian.AppendUint16(nil, uint16(len(u.Withdrawn))), u.Withdrawn...)
	start, changed := len(body), false
	body = append(body, 0, 0)
	for a, err := range bgp.Split(u.Attributes) {
		if err != nil { // decode has followed the block
			return message
		}
		if a.Type == bgp.TypeASPath {
			sent := len(a.Value)
			a.Value = withoutFirst(a.Value, form.ASSize, collectorASN)
			changed = changed || len(a.Value) < sent
		}
		body = a.Append(body)
	}
	if !changed {
		return message
	}
	binary.BigEndian.PutUint16(body[start:], uint16(len(body)-start-2))
	headers := slices.Clip(message[:bmp.HeaderSize+bmp.PeerSize])
	message = bgp.AppendMessage(headers, bgp.MessageUpdate, append(body, u.NLRI...))
	binary.BigEndian.PutUint32(message[1:], uint32(len(message)))
	return message
}

// withoutFirst returns a path, which is well formed, without its first AS if that is asn and another one follows in its segment.
func withoutFirst(path []byte, size int, asn uint32) []byte {
	const sequence = 2
	if len(path) < 2+2*size || path[0] != sequence || path[1] < 2 {
		return path
	}
	first := uint32(0)
	for _, b := range path[2 : 2+size] {
		first = first<<8 | uint32(b)
	}
	if first != asn {
		return path
	}
	return append([]byte{sequence, path[1] - 1}, path[2+size:]...)
}
