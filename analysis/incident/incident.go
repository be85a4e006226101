// Package incident finds what goes wrong with routes and when it is over: it compares the table of an hour with the one before of
// the same collectors, and joins what begins and what ends to events.
package incident

import (
	"cmp"
	"net/netip"
	"slices"
	"strconv"

	"tidemark/internal/netaddr"
)

// Kinds of events. The first five are states of a route; the others are changes, which begin between two hours.
const (
	Bogon          = "new-bogon"
	ROVInvalid     = "rov-invalid"
	ASPAInvalid    = "aspa-invalid"
	RouteLeak      = "route-leak"
	OTCLeak        = "otc-leak"
	OriginChange   = "origin-change"
	MOAS           = "moas"
	MoreSpecific   = "more-specific-by-other-origin"
	LostVisibility = "lost-visibility"
	ASVanished     = "as-vanished"
)

// AnyChange is the kind of a mark about a route that belongs to all changes that it is part of: its reach rose, or it is gone.
const AnyChange = "any-change"

// States are the kinds that are states of a route, in the order of Route.States.
var States = [...]string{Bogon, ROVInvalid, ASPAInvalid, RouteLeak, OTCLeak}

// State reports whether something is wrong with a route.
type State uint8

// States of a route.
const (
	Unknown State = iota
	Clear
	Holds
)

// Reach says how far a route reaches.
type Reach uint8

// Reaches of a route. Some lies between a tenth and half of the full feeds.
const (
	ReachUnknown Reach = iota
	Few
	Some
	Global
)

// Origin is an AS, or an AS_SET as text; the zero Origin is none.
type Origin struct {
	ASN uint32
	Set string
}

func (o Origin) String() string {
	if o.Set != "" {
		return o.Set
	}
	return strconv.FormatUint(uint64(o.ASN), 10)
}

// Route is an origin of a prefix in the dumps of an hour.
type Route struct {
	Origin Origin
	Reach  Reach
	Feeds  int64 // full-feed peers that carry it
	Of     int64 // all full-feed peers
	States [len(States)]State
}

// Edge is what a mark says of an event.
type Edge string

// Edges of an event.
const (
	Begins Edge = "begins"
	Rises  Edge = "rises" // more full feeds carry the route
	Blurs  Edge = "blurs" // it is no longer known whether the state holds
	Ends   Edge = "ends"  // the state no longer holds, or the change is undone
)

// Mark is what changed between two hours.
type Mark struct {
	Kind   string
	Edge   Edge
	Dated  bool // the hour before is known to be without it
	Prefix netip.Prefix
	Origin Origin
	Others []Origin // origins that the prefix, or the one that covers it, had before
	Above  netip.Prefix
	Feeds  int64 // full-feed peers that carry it; of a lost visibility, that carried it
	Of     int64 // all full-feed peers; 0: unknown
	OfASes int64 // their ASes, as the caller knows them
}

// Comparison compares two hours, prefix by prefix in their order.
type Comparison struct {
	First  bool    // there is no hour before
	Recent bool    // the hour before is recent enough for a difference to be a change
	Judged [2]bool // by family: full feeds of enough ASes in both hours to say how far a route reaches, and that it is gone

	above  []covering
	before map[uint32]bool // origin ASes; true: one of the routes was global
	now    map[uint32]bool
}

// covering is a prefix of the hour before that may cover the next ones.
type covering struct {
	prefix  netip.Prefix
	origins []Origin
}

// Prefix appends what changed with a prefix. The routes of both hours are ordered by origin.
func (c *Comparison) Prefix(marks []Mark, p netip.Prefix, before, now []Route) []Mark {
	c.countOrigins(p, before, now)
	for _, o := range origins(before, now) {
		b, n := find(before, o), find(now, o)
		marks = c.states(marks, p, o, b, n)
		if !c.First {
			marks = c.route(marks, p, o, b, n)
		}
	}
	if c.First {
		return marks
	}
	if c.Recent {
		marks = c.newOrigins(marks, p, before, now)
	}
	marks = settled(marks, p, before, now)
	marks = c.visibility(marks, p, before, now)
	if len(before) > 0 {
		c.above = append(c.covering(p), covering{p, origins(before, nil)})
	}
	return marks
}

// states appends the marks of the states of a route. A route that is gone has none of them.
func (c *Comparison) states(marks []Mark, p netip.Prefix, o Origin, b, n *Route) []Mark {
	for i, kind := range States {
		was, is := Clear, Clear
		if b != nil {
			was = b.States[i]
		} else if c.First {
			was = Unknown
		}
		m := Mark{Kind: kind, Prefix: p, Origin: o}
		if n != nil {
			is, m.Feeds, m.Of = n.States[i], n.Feeds, n.Of
		}
		switch {
		case is == Holds && was != Holds:
			m.Edge, m.Dated = Begins, was == Clear
		case is == Holds && n.Feeds > b.Feeds:
			m.Edge = Rises
		case is == Unknown && was == Holds:
			m.Edge = Blurs
		case is == Clear && was != Clear && !c.First:
			m.Edge = Ends
		default:
			continue
		}
		marks = append(marks, m)
	}
	return marks
}

// route appends the marks that hold for any change of which the route is part.
func (c *Comparison) route(marks []Mark, p netip.Prefix, o Origin, b, n *Route) []Mark {
	switch {
	case n == nil:
		return append(marks, Mark{Kind: AnyChange, Edge: Ends, Prefix: p, Origin: o})
	case b != nil && 10*(n.Feeds-b.Feeds) >= n.Of && n.Feeds > b.Feeds:
		return append(marks, Mark{Kind: AnyChange, Edge: Rises, Prefix: p, Origin: o, Feeds: n.Feeds, Of: n.Of})
	}
	return marks
}

// newOrigins appends marks for the origins that a prefix did not have before.
func (c *Comparison) newOrigins(marks []Mark, p netip.Prefix, before, now []Route) []Mark {
	others := origins(before, nil)
	kept := slices.ContainsFunc(now, func(r Route) bool { return slices.Contains(others, r.Origin) })
	for _, n := range now {
		m := Mark{Edge: Begins, Dated: true, Prefix: p, Origin: n.Origin, Others: others, Feeds: n.Feeds, Of: n.Of}
		switch {
		case slices.Contains(others, n.Origin):
			continue
		case kept:
			m.Kind = MOAS
		case len(before) > 0:
			m.Kind = OriginChange
		default:
			above := c.covering(p)
			if len(above) == 0 || slices.Contains(above[len(above)-1].origins, n.Origin) {
				continue
			}
			last := above[len(above)-1]
			m.Kind, m.Others, m.Above = MoreSpecific, last.origins, last.prefix
		}
		marks = append(marks, m)
	}
	return marks
}

// settled appends a mark where one of several origins is left.
func settled(marks []Mark, p netip.Prefix, before, now []Route) []Mark {
	if len(before) > 1 && len(now) == 1 && find(before, now[0].Origin) != nil {
		marks = append(marks, Mark{Kind: MOAS, Edge: Ends, Prefix: p, Origin: now[0].Origin})
	}
	return marks
}

// visibility appends a mark where a prefix that reached most full feeds reaches few or none, or reaches most again.
func (c *Comparison) visibility(marks []Mark, p netip.Prefix, before, now []Route) []Mark {
	if !c.Judged[family(p)] {
		return marks
	}
	was, is := farthest(before), farthest(now)
	switch {
	case c.Recent && was == Global && is == Few:
		m := Mark{Kind: LostVisibility, Edge: Begins, Dated: true, Prefix: p, Others: origins(before, nil)}
		for _, r := range before {
			if r.Feeds > m.Feeds {
				m.Feeds, m.Of = r.Feeds, r.Of
			}
		}
		return append(marks, m)
	case is == Global && was != Global:
		return append(marks, Mark{Kind: LostVisibility, Edge: Ends, Prefix: p})
	}
	return marks
}

// farthest returns how far the routes of a prefix reach; without any, they reach few.
func farthest(routes []Route) Reach {
	reach := Few
	for _, r := range routes {
		if r.Reach == ReachUnknown {
			return ReachUnknown
		}
		reach = max(reach, r.Reach)
	}
	return reach
}

// covering returns the prefixes of the hour before that cover p, the longest last.
func (c *Comparison) covering(p netip.Prefix) []covering {
	n := len(c.above)
	for n > 0 && !(netaddr.Family(c.above[n-1].prefix.Addr()) == netaddr.Family(p.Addr()) && c.above[n-1].prefix.Contains(p.Addr())) {
		n--
	}
	c.above = c.above[:n]
	return c.above
}

// countOrigins remembers which ASes originate a prefix.
func (c *Comparison) countOrigins(p netip.Prefix, before, now []Route) {
	if c.now == nil {
		c.before, c.now = map[uint32]bool{}, map[uint32]bool{}
	}
	for _, r := range before {
		c.before[r.Origin.ASN] = c.before[r.Origin.ASN] || r.Reach == Global && c.Judged[family(p)]
	}
	for _, r := range now {
		c.now[r.Origin.ASN] = true
	}
}

// ASes appends marks for the ASes that no longer originate any prefix, or do again. It is called after the last prefix.
func (c *Comparison) ASes(marks []Mark) []Mark {
	if c.First {
		return marks
	}
	var found []Mark
	for asn, global := range c.before {
		if asn != 0 && global && !c.now[asn] && c.Recent {
			found = append(found, Mark{Kind: ASVanished, Edge: Begins, Dated: true, Origin: Origin{ASN: asn}})
		}
	}
	for asn := range c.now {
		if _, was := c.before[asn]; asn != 0 && !was {
			found = append(found, Mark{Kind: ASVanished, Edge: Ends, Origin: Origin{ASN: asn}})
		}
	}
	slices.SortFunc(found, func(a, b Mark) int { return cmp.Compare(a.Origin.ASN, b.Origin.ASN) })
	return append(marks, found...)
}

// origins returns the distinct origins of the routes, in order.
func origins(before, now []Route) (all []Origin) {
	for _, routes := range [][]Route{before, now} {
		for _, r := range routes {
			all = append(all, r.Origin)
		}
	}
	slices.SortFunc(all, CompareOrigins)
	return slices.Compact(all)
}

// CompareOrigins orders origins by number, and sets by their text.
func CompareOrigins(a, b Origin) int {
	return cmp.Or(cmp.Compare(a.ASN, b.ASN), cmp.Compare(a.Set, b.Set))
}

// find returns the route with an origin, or nil.
func find(routes []Route, o Origin) *Route {
	for i := range routes {
		if routes[i].Origin == o {
			return &routes[i]
		}
	}
	return nil
}

// family returns the index of a prefix's family.
func family(p netip.Prefix) int {
	if p.Addr().Is6() {
		return 1
	}
	return 0
}
