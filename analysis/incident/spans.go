package incident

import (
	"cmp"
	"iter"
	"net/netip"
	"slices"
	"time"

	"tidemark/internal/netaddr"
)

// spans holds events that are over, or that nothing more will be added to. A long history has millions of them.
type spans struct {
	all  []span
	sets []string              // AS_SETs of the origins
	gaps map[uint32][]Interval // by the first mark; few events have some
}

// span is an event in a quarter of the memory, without pointers. Times are in seconds since 1970; 0 is none.
type span struct {
	Address                                    [16]byte
	NotBefore, SeenFrom, LastSeen, GoneBy, Top uint32
	ASN, Set                                   uint32 // Set: number in sets, plus one; 0: none
	Feeds, Of, OfASes                          uint32
	First, Earlier                             uint32
	Kind, Status                               uint8 // as in kinds and statuses
	Family, Bits                               uint8 // Family 0: the event is about an AS
}

var (
	// kinds are in alphabetical order, in which events are.
	kinds    = slices.Sorted(slices.Values(append([]string{OriginChange, MOAS, MoreSpecific, LostVisibility, ASVanished}, States[:]...)))
	statuses = []Status{Still, Ended, Unclear, ""} // the last of an event that goes on
)

func (s *spans) add(e *Event) { s.all = append(s.all, s.pack(e)) }

func (s *spans) pack(e *Event) span {
	kind, _ := slices.BinarySearch(kinds, e.Kind)
	p := span{NotBefore: seconds(e.NotBefore), SeenFrom: seconds(e.SeenFrom), LastSeen: seconds(e.LastSeen), GoneBy: seconds(e.GoneBy), Top: seconds(e.Peak.Time),
		ASN: e.Origin.ASN, Feeds: uint32(e.Peak.Feeds), Of: uint32(e.Peak.Of), OfASes: uint32(e.Peak.OfASes), First: uint32(e.First), Earlier: uint32(e.Earlier),
		Kind: uint8(kind), Status: uint8(slices.Index(statuses, e.Status))}
	if e.Prefix.IsValid() {
		p.Address, p.Family, p.Bits = e.Prefix.Addr().As16(), uint8(netaddr.Family(e.Prefix.Addr())), uint8(e.Prefix.Bits())
	}
	if e.Origin.Set != "" {
		p.Set = s.number(e.Origin.Set)
	}
	if len(e.Gaps) > 0 {
		if s.gaps == nil {
			s.gaps = map[uint32][]Interval{}
		}
		s.gaps[p.First] = e.Gaps
	} else {
		delete(s.gaps, p.First)
	}
	return p
}

// number returns the number of an AS_SET plus one. Sets are rare (RFC 9774).
func (s *spans) number(set string) uint32 {
	i := slices.Index(s.sets, set)
	if i < 0 {
		i = len(s.sets)
		s.sets = append(s.sets, set)
	}
	return uint32(i + 1)
}

func (s *spans) event(p *span) Event {
	return Event{Key: s.key(p), NotBefore: instant(p.NotBefore), SeenFrom: instant(p.SeenFrom), LastSeen: instant(p.LastSeen), GoneBy: instant(p.GoneBy), Status: statuses[p.Status],
		Gaps: s.gaps[p.First], Peak: Peak{int64(p.Feeds), int64(p.Of), int64(p.OfASes), instant(p.Top)}, First: int(p.First), Earlier: int(p.Earlier)}
}

func (s *spans) key(p *span) Key {
	k := Key{Kind: kinds[p.Kind], Origin: Origin{ASN: p.ASN}}
	if p.Set > 0 {
		k.Origin.Set = s.sets[p.Set-1]
	}
	if p.Family > 0 {
		address := netip.AddrFrom16(p.Address)
		if p.Family == 4 {
			address = address.Unmap()
		}
		k.Prefix = netip.PrefixFrom(address, int(p.Bits))
	}
	return k
}

func (s *spans) compare(a, b *span) int {
	if order := cmp.Compare(a.Kind, b.Kind); order != 0 {
		return order
	}
	x, y := s.key(a), s.key(b)
	if a.Family > 0 { // so has b, as it is of the same kind
		if order := netaddr.ComparePrefixes(x.Prefix, y.Prefix); order != 0 {
			return order
		}
	}
	return CompareOrigins(x.Origin, y.Origin)
}

// merge joins the events of one key that may have been one, and counts those before.
func (s *spans) merge() {
	slices.SortFunc(s.all, func(a, b span) int {
		if order := s.compare(&a, &b); order != 0 {
			return order
		}
		x, y := s.event(&a), s.event(&b)
		return cmp.Or(x.earliest().Compare(y.earliest()), x.SeenFrom.Compare(y.SeenFrom))
	})
	merged := s.all[:0]
	var until time.Time // of the last event
	for i := range s.all {
		e := s.event(&s.all[i])
		if n := len(merged); n > 0 && s.compare(&merged[n-1], &s.all[i]) == 0 {
			last := s.event(&merged[n-1])
			if until.IsZero() || e.earliest().Before(until) {
				end := later(until, e.latest())
				last.merge(&e, !end.Equal(until) || end.Equal(e.latest()) && e.Status == Ended)
				merged[n-1] = s.pack(&last)
				until = end
				continue
			}
			s.all[i].Earlier = merged[n-1].Earlier + 1
		}
		until = e.latest()
		merged = append(merged, s.all[i])
	}
	s.all = merged
}

// byBeginning returns the events by their beginning, and by their keys.
func (s *spans) byBeginning() iter.Seq[Event] {
	slices.SortFunc(s.all, func(a, b span) int { return cmp.Or(cmp.Compare(a.SeenFrom, b.SeenFrom), s.compare(&a, &b)) })
	return func(yield func(Event) bool) {
		for i := range s.all {
			if !yield(s.event(&s.all[i])) {
				return
			}
		}
	}
}

func seconds(t time.Time) uint32 {
	if t.IsZero() {
		return 0
	}
	return uint32(t.Unix())
}

func instant(seconds uint32) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0).UTC()
}
