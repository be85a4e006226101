package dump

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// Filter selects elements: those that satisfy every condition that is set. Times, types, prefixes and peers are checked
// before anything is decoded.
type Filter struct {
	From, Until time.Time      // of the record; zero: any
	Kinds       []string       // some of Kinds(); none: all
	Exact       []netip.Prefix // one of these,
	More        []netip.Prefix // or equal to or more specific than one of these,
	Less        []netip.Prefix // or equal to or less specific than one of these
	Peers       []netip.Addr   // session with one of these addresses,
	PeerASNs    []uint32       // or ASes
	Origins     []uint32       // last AS of the path
	Path        *regexp.Regexp // matches the path as text; see PathExpression
	Communities []string       // all of these: 64496:1, 64496:1:2, rt:64496:1 or a name such as no-export
}

// errFiltered means that an entry does not pass the filter.
var errFiltered = errors.New("filtered")

// PathExpression compiles an AS-path expression in the notation of routers, in which _ matches a separator between two
// ASes or an end of the path.
func PathExpression(s string) (*regexp.Regexp, error) {
	e, err := regexp.Compile(strings.ReplaceAll(s, "_", `(?:^|[ ,{}()\[\]]|$)`))
	if err != nil {
		return nil, fmt.Errorf("AS-path expression %q: %w", s, err)
	}
	return e, nil
}

var messageKinds = map[bgp.MessageType]string{
	bgp.MessageOpen: "open", bgp.MessageUpdate: "update", bgp.MessageNotification: "notification", bgp.MessageKeepalive: "keepalive",
	bgp.MessageRouteRefresh: "route-refresh",
}

// unknownKind is the kind of messages of a type that has no name.
const unknownKind = "unknown"

func messageKind(t bgp.MessageType) string {
	if kind, ok := messageKinds[t]; ok {
		return kind
	}
	return unknownKind
}

// Kinds returns the kinds of elements that a filter may name.
func Kinds() []string {
	return []string{"rib", "announce", "withdraw", "state", "open", "keepalive", "notification", "route-refresh"}
}

// record reports whether a record of this time and type can hold an element that passes the filter.
func (f *Filter) record(rec *mrt.Record) bool {
	if !f.From.IsZero() || !f.Until.IsZero() {
		at, until := rec.Time(), f.Until
		if until.Nanosecond() == 0 {
			until = until.Add(time.Second - 1) // to the end of the second
		}
		if at.Before(f.From) || !f.Until.IsZero() && at.After(until) {
			return false
		}
	}
	if len(f.Kinds) == 0 {
		return true
	}
	if rec.IsRIB() {
		return slices.Contains(f.Kinds, "rib")
	}
	return len(f.Kinds) > 1 || f.Kinds[0] != "rib"
}

func (f *Filter) prefix(p netip.Prefix) bool {
	if len(f.Exact)+len(f.More)+len(f.Less) == 0 {
		return true
	}
	if !p.IsValid() {
		return false
	}
	covers := func(a, b netip.Prefix) bool { return a.Bits() <= b.Bits() && a.Contains(b.Addr()) }
	return slices.Contains(f.Exact, p) ||
		slices.ContainsFunc(f.More, func(q netip.Prefix) bool { return covers(q, p) }) ||
		slices.ContainsFunc(f.Less, func(q netip.Prefix) bool { return covers(p, q) })
}

func (f *Filter) peer(p *mrt.Peer) bool {
	if len(f.Peers)+len(f.PeerASNs) == 0 {
		return true
	}
	return slices.Contains(f.Peers, p.Address) || slices.Contains(f.PeerASNs, p.ASN)
}

// kind reports whether announcements, or withdrawals, can pass the filter.
func (f *Filter) kind(announce bool) bool {
	if !announce {
		return f.wants("withdraw") && !f.hasAttributeConditions()
	}
	return f.wants("announce")
}

func (f *Filter) wants(kind string) bool { return len(f.Kinds) == 0 || slices.Contains(f.Kinds, kind) }

// hasAttributeConditions reports whether a condition on attributes is set, which only announcements and RIB entries can
// satisfy.
func (f *Filter) hasAttributeConditions() bool {
	return len(f.Origins) > 0 || f.Path != nil || len(f.Communities) > 0
}

// hasRouteConditions reports whether a condition is set that only routes can satisfy.
func (f *Filter) hasRouteConditions() bool {
	return f.hasAttributeConditions() || len(f.Exact)+len(f.More)+len(f.Less) > 0
}

// showsEmpty reports whether UPDATEs without prefixes are printed: End-of-RIB markers, and those with nothing but
// attributes.
func (f *Filter) showsEmpty() bool { return len(f.Kinds) == 0 && !f.hasRouteConditions() }

// showsOther reports whether records are printed that hold neither a route nor a message: peer tables, and those that are
// not decoded.
func (f *Filter) showsOther() bool { return f.showsEmpty() && len(f.Peers)+len(f.PeerASNs) == 0 }

// routes reports whether a field of NLRI has a route that passes the conditions on prefixes. NLRI of families without
// prefixes pass only if there are none.
func (f *Filter) routes(p *part) bool {
	if len(f.Exact)+len(f.More)+len(f.Less) == 0 || !p.family.Native() {
		return f.prefix(netip.Prefix{})
	}
	for all := bgp.Prefixes(p.nlri, p.family, p.addPath); all.More(); {
		if prefix, _, err := all.Next(); err == nil && f.prefix(prefix) {
			return true
		}
	}
	return false
}

// entry returns nil for an entry that passes the conditions on attributes, errFiltered for one that does not, and another
// error if its attributes cannot be decoded.
func (f *Filter) entry(r *ribEntry) error {
	if !f.hasAttributeConditions() {
		return nil
	}
	a, err := r.attributes()
	if err != nil {
		return err
	}
	if !f.attributes(a) {
		return errFiltered
	}
	return nil
}

func (f *Filter) attributes(a *bgp.Attributes) bool {
	if !f.hasAttributeConditions() {
		return true
	}
	if len(f.Origins) > 0 {
		if asn, _ := a.Path.Origin(); !slices.Contains(f.Origins, asn) || asn == 0 {
			return false
		}
	}
	if f.Path != nil && !f.Path.MatchString(a.Path.String()) {
		return false
	}
	if len(f.Communities) == 0 {
		return true
	}
	var has []string
	for _, appendTo := range []func([]byte) []byte{a.AppendCommunities, a.AppendLargeCommunities, a.AppendExtCommunities} {
		has = append(has, strings.Fields(string(appendTo(nil)))...)
	}
	return !slices.ContainsFunc(f.Communities, func(c string) bool { return !slices.Contains(has, c) })
}

// ParseASN parses an AS number written as 64496, AS64496 or 1.10 (RFC 5396).
func ParseASN(s string) (uint32, error) {
	digits := strings.TrimPrefix(strings.ToUpper(s), "AS")
	if high, low, dotted := strings.Cut(digits, "."); dotted {
		h, err1 := strconv.ParseUint(high, 10, 16)
		l, err2 := strconv.ParseUint(low, 10, 16)
		if err1 == nil && err2 == nil {
			return uint32(h<<16 | l), nil
		}
	} else if n, err := strconv.ParseUint(digits, 10, 32); err == nil {
		return uint32(n), nil
	}
	return 0, fmt.Errorf("invalid AS number %q (want for example 64496, AS64496 or 1.10)", s)
}
