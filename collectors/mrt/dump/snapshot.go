package dump

import (
	"cmp"
	"errors"
	"maps"
	"math"
	"net/netip"
	"slices"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// Snapshot is the RIB of one or more collectors at a time: table dumps with the updates since applied. It holds every route that
// passes the filter, so that its memory grows with the table.
//
// Of each collector, view and family the newest table dump at or before the time counts; dumps of one time are joined.
// Updates apply to the routes of their family from the time of its dump on.
type Snapshot struct {
	At     time.Time
	Filter *Filter
	// Collector is the BGP identifier of the collector of sessions that no table dump names; invalid if it is not known.
	Collector netip.Addr

	peers    []snapshotPeer
	peerIDs  map[collectorSession]uint16
	sessions map[session][]uint16 // peers by what updates know of them
	planes   []plane
	planeIDs map[planeKey]uint16
	prefixes map[network]*[]held
	latest   struct { // of prefixes, that put met: a table dump has the routes to a network together
		network network
		routes  *[]held
	}
	octets  []string // by interned
	ids     map[string]interned
	size    int // about what all that takes, in bytes
	dumps   uint16
	told    map[string]bool // what was reported and need not be again
	decoder bgp.Attributes
	scratch []byte

	waiting     []later
	waitingSize int // of their bodies
}

// collectorSession is a session of a collector. Table dumps name the collector by its BGP identifier.
type collectorSession struct {
	collector netip.Addr
	session
}

// plane is the routes of one family in one view of a collector, which a table dump gives at one time.
type plane struct {
	planeKey
	from      time.Time // of the table dump; zero if there is none
	announced bool      // some update announced a route
}

type planeKey struct {
	collector netip.Addr
	view      string
	family    bgp.Family
}

// snapshotPeer is a session. Its epoch in a plane counts how often it lost its routes there: those of an earlier epoch are gone.
type snapshotPeer struct {
	mrt.Peer
	collector netip.Addr
	epochs    []uint32 // by plane
}

func (p *snapshotPeer) epoch(plane uint16) uint32 {
	if int(plane) < len(p.epochs) {
		return p.epochs[plane]
	}
	return 0
}

func (p *snapshotPeer) end(plane uint16) {
	for len(p.epochs) <= int(plane) {
		p.epochs = append(p.epochs, 0)
	}
	p.epochs[plane]++
}

// network is what a route is to: a prefix, or in a family without prefixes the part of the NLRI that tells routes apart.
type network struct {
	prefix netip.Prefix
	family bgp.Family
	key    interned // see bgp.Family.RouteKey
}

// interned is the number of octets that many routes share: attributes as TABLE_DUMP_V2 writes them, an NLRI, a key. It is an index, so
// that the garbage collector need not look into routes; 0 is none.
type interned uint32

// held is a route of a peer.
type held struct {
	peer       uint16
	plane      uint16
	dump       uint16 // that the route is of; 0: of an update
	hasID      bool
	epoch      uint32
	pathID     uint32
	attributes interned
	since      uint32
	nlri       interned // as sent, in a family without prefixes
}

// NewSnapshot returns an empty table.
func NewSnapshot(at time.Time, filter *Filter) *Snapshot {
	return &Snapshot{
		At: at, Filter: filter, peerIDs: map[collectorSession]uint16{}, sessions: map[session][]uint16{}, planeIDs: map[planeKey]uint16{},
		prefixes: map[network]*[]held{}, octets: []string{""}, ids: map[string]interned{"": 0}, told: map[string]bool{},
	}
}

// Peers returns the number of sessions that the table has.
func (s *Snapshot) Peers() int { return len(s.peers) }

// Dumps returns the number of table dumps that were met.
func (s *Snapshot) Dumps() int { return int(s.dumps) }

// peer returns the index of a collector's session, adding it if it is new.
func (s *Snapshot) peer(collector netip.Addr, p mrt.Peer) (uint16, error) {
	key := collectorSession{collector, session{p.Address, p.ASN}}
	id, ok := s.peerIDs[key]
	if !ok {
		if len(s.peers) > math.MaxUint16 {
			return 0, errors.New("more than 65,536 peers")
		}
		id = uint16(len(s.peers))
		s.peers = append(s.peers, snapshotPeer{Peer: p, collector: collector})
		s.peerIDs[key] = id
		s.sessions[key.session] = append(s.sessions[key.session], id)
	}
	return id, nil
}

// collector returns the BGP identifier of the collector; it is invalid where there are several, or none is known.
func (s *Snapshot) collector() netip.Addr {
	one := s.Collector
	for i := range s.peers {
		if one = s.peers[i].collector; one != s.peers[0].collector {
			return netip.Addr{}
		}
	}
	return one
}

// plane returns the index of a plane, adding it if it is new.
func (s *Snapshot) plane(key planeKey) (uint16, error) {
	id, ok := s.planeIDs[key]
	if !ok {
		if len(s.planes) > math.MaxUint16 {
			return 0, errors.New("more than 65,536 views")
		}
		id = uint16(len(s.planes))
		s.planes = append(s.planes, plane{planeKey: key})
		s.planeIDs[key] = id
	}
	return id, nil
}

// replaces reports whether route h takes the place of r. An entry of a table dump replaces none of the same dump: a peer has
// two where its path identifiers were not written. Where one of a pair has an identifier and the other has none, the writer
// lost it on one side, and they are taken for the same.
func (h *held) replaces(r *held) bool {
	return r.peer == h.peer && r.plane == h.plane && (r.hasID != h.hasID || r.pathID == h.pathID) && (h.dump == 0 || r.dump != h.dump)
}

// intern returns the number of a copy of the octets.
func (s *Snapshot) intern(octets []byte) interned {
	id, ok := s.ids[string(octets)]
	if !ok {
		id = interned(len(s.octets))
		text := string(octets)
		s.octets = append(s.octets, text)
		s.size += octetsSize + len(text)
		s.ids[text] = id
	}
	return id
}

// put adds the peer's route, and removes those that it replaces.
func (s *Snapshot) put(n network, h held, attributes []byte) {
	h.attributes, h.epoch = s.intern(attributes), s.peers[h.peer].epoch(h.plane)
	routes := s.routesTo(n)
	for i := range *routes {
		if h.replaces(&(*routes)[i]) {
			(*routes)[i] = h
			others := (*routes)[i+1:]
			*routes = append((*routes)[:i+1], slices.DeleteFunc(others, func(r held) bool { return h.replaces(&r) })...)
			return
		}
	}
	*routes = append(*routes, h)
	s.size += routeSize
}

// routesTo returns the place of the routes to a network.
func (s *Snapshot) routesTo(n network) *[]held {
	if s.latest.routes != nil && s.latest.network == n {
		return s.latest.routes
	}
	routes := s.prefixes[n]
	if routes == nil {
		routes = new([]held)
		s.prefixes[n] = routes
	}
	s.latest.network, s.latest.routes = n, routes
	return routes
}

// drop removes the peer's route.
func (s *Snapshot) drop(n network, h held) {
	if routes := s.prefixes[n]; routes != nil {
		*routes = slices.DeleteFunc(*routes, func(r held) bool { return h.replaces(&r) })
	}
}

// networks returns what there are routes to, ordered by family and prefix.
func (s *Snapshot) networks() []network {
	return slices.SortedFunc(maps.Keys(s.prefixes), func(a, b network) int { return s.compare(a, s, b) })
}

// compare returns the order of a network of s and one of o.
func (s *Snapshot) compare(a network, o *Snapshot, b network) int {
	if a.family != b.family {
		return a.family.Compare(b.family)
	}
	if order := a.prefix.Addr().Compare(b.prefix.Addr()); order != 0 { // what tells a million prefixes apart
		return order
	}
	return cmp.Or(cmp.Compare(a.prefix.Bits(), b.prefix.Bits()), cmp.Compare(s.octets[a.key], o.octets[b.key]))
}

// routes returns the routes to a network, ordered by peer and path identifier, those without an identifier first.
func (s *Snapshot) routes(n network) []held {
	routes := slices.DeleteFunc(slices.Clone(*s.prefixes[n]), func(r held) bool { return r.epoch != s.peers[r.peer].epoch(r.plane) })
	slices.SortStableFunc(routes, func(a, b held) int {
		return cmp.Or(cmp.Compare(b2i(a.hasID), b2i(b.hasID)), cmp.Compare(a.peer, b.peer), cmp.Compare(a.pathID, b.pathID))
	})
	return routes
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
