package dump

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"tidemark/collectors/bgp"
)

// ChangeKind is how a route differs between two tables.
type ChangeKind string

// The kinds of changes, as they are printed.
const (
	Came       ChangeKind = "came"       // the peer has the route in the second table only
	Went       ChangeKind = "went"       // the peer has the route in the first table only
	Origin     ChangeKind = "origin"     // another AS, or another set of them, originates it
	Path       ChangeKind = "path"       // another AS path from the same origin
	Attributes ChangeKind = "attributes" // the same path, and other attributes
)

// Change is a route of a peer that differs between two tables.
type Change struct {
	Kind    ChangeKind
	Family  bgp.Family
	Prefix  netip.Prefix // invalid in a family without prefixes
	NLRI    string       // as sent, in a family without prefixes
	Peer    netip.Addr
	PeerASN uint32
	HasID   bool // the route has a path identifier
	PathID  uint32
	Whole   bool // Came: no peer had a route to it before; Went: none has one any more
	Old     string
	New     string // the AS paths; empty where there is no route, or an empty path

	OldOrigin, NewOrigin uint32 // 0: none, or a set
}

// Diff calls each with what differs from table a to table b, ordered by family, prefix, peer and path identifier. Peers are
// compared by address and AS number.
func Diff(a, b *Snapshot, each func(*Change) error) error {
	left, right := a.networks(), b.networks()
	for len(left)+len(right) > 0 {
		var n network
		order := 0
		switch {
		case len(right) == 0:
			order = -1
		case len(left) == 0:
			order = 1
		default:
			order = a.compare(left[0], b, right[0])
		}
		var old, now []route
		if order <= 0 {
			n, left = left[0], left[1:]
			old = a.comparable(n)
		}
		if order >= 0 {
			n, right = right[0], right[1:]
			now = b.comparable(n)
		}
		if err := diffNetwork(n, old, now, each); err != nil {
			return err
		}
	}
	return nil
}

// route is a route of a table, with its peer and octets instead of their numbers there.
type route struct {
	*held
	peer       session
	attributes string
	nlri       string
}

func (r *route) compare(o *route) int {
	return cmp.Or(r.peer.address.Compare(o.peer.address), cmp.Compare(r.peer.asn, o.peer.asn), cmp.Compare(b2i(r.hasID), b2i(o.hasID)), cmp.Compare(r.pathID, o.pathID))
}

// comparable returns the routes to a network in the order of their peers.
func (s *Snapshot) comparable(n network) []route {
	all := s.routes(n)
	routes := make([]route, len(all))
	for i := range all {
		p := &s.peers[all[i].peer]
		routes[i] = route{&all[i], session{p.Address, p.ASN}, s.octets[all[i].attributes], s.octets[all[i].nlri]}
	}
	slices.SortStableFunc(routes, func(a, b route) int { return cmp.Or(a.compare(&b), strings.Compare(a.attributes, b.attributes)) })
	return routes
}

func diffNetwork(n network, old, now []route, each func(*Change) error) error {
	came, went := len(old) == 0, len(now) == 0
	var before, after bgp.Attributes
	for len(old)+len(now) > 0 {
		order := 0
		switch {
		case len(now) == 0:
			order = -1
		case len(old) == 0:
			order = 1
		default:
			order = old[0].compare(&now[0])
		}
		c := Change{Family: n.family, Prefix: n.prefix}
		show := func(r *route) {
			c.NLRI, c.Peer, c.PeerASN, c.HasID, c.PathID = r.nlri, r.peer.address, r.peer.asn, r.hasID, r.pathID
		}
		form := bgp.Form{ASSize: 4, RIB: true}
		if order >= 0 {
			show(&now[0])
			after.Decode([]byte(now[0].attributes), form) // as WriteTo would write them: they were decoded before
			c.New = after.Path.String()
			c.NewOrigin, _ = after.Path.Origin()
		}
		if order <= 0 {
			show(&old[0])
			before.Decode([]byte(old[0].attributes), form)
			c.Old = before.Path.String()
			c.OldOrigin, _ = before.Path.Origin()
		}
		switch {
		case order < 0:
			c.Kind, c.Whole = Went, went
		case order > 0:
			c.Kind, c.Whole = Came, came
		case old[0].attributes == now[0].attributes:
		case c.Old == c.New:
			c.Kind = Attributes
		case c.OldOrigin == c.NewOrigin && (c.OldOrigin != 0 || lastSegment(c.Old) == lastSegment(c.New)):
			c.Kind = Path
		default:
			c.Kind = Origin
		}
		if order <= 0 {
			old = old[1:]
		}
		if order >= 0 {
			now = now[1:]
		}
		if c.Kind == "" {
			continue
		}
		if err := each(&c); err != nil {
			return err
		}
	}
	return nil
}

// lastSegment returns the last word of a path, which is the origin, or the set in its place.
func lastSegment(path string) string { return path[strings.LastIndexByte(path, ' ')+1:] }
