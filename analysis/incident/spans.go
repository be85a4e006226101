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
	address                                    [16]byte
	notBefore, seenFrom, lastSeen, goneBy, top uint32
	asn, set                                   uint32 // set: number in sets, plus one; 0: none
	feeds, of, ofASes                          uint32
	first, earlier                             uint32
	kind, status                               uint8 // as in kinds and statuses
	family, bits                               uint8 // family 0: the event is about an AS
}

var (
	// kinds are in alphabetical order, in which events are.
	kinds    = slices.Sorted(slices.Values(append([]string{OriginChange, MOAS, MoreSpecific, LostVisibility, ASVanished}, States[:]...)))
	statuses = []Status{Still, Ended, Unclear}
)

func (s *spans) add(e *Event) { s.all = append(s.all, s.pack(e)) }

func (s *spans) pack(e *Event) span {
	kind, _ := slices.BinarySearch(kinds, e.Kind)
	p := span{notBefore: seconds(e.NotBefore), seenFrom: seconds(e.SeenFrom), lastSeen: seconds(e.LastSeen), goneBy: seconds(e.GoneBy), top: seconds(e.Peak.Time),
		asn: e.Origin.ASN, feeds: uint32(e.Peak.Feeds), of: uint32(e.Peak.Of), ofASes: uint32(e.Peak.OfASes), first: uint32(e.First), earlier: uint32(e.Earlier),
		kind: uint8(kind), status: uint8(slices.Index(statuses, e.Status))}
	if e.Prefix.IsValid() {
		p.address, p.family, p.bits = e.Prefix.Addr().As16(), uint8(netaddr.Family(e.Prefix.Addr())), uint8(e.Prefix.Bits())
	}
	if e.Origin.Set != "" {
		p.set = s.number(e.Origin.Set)
	}
	if len(e.Gaps) > 0 {
		if s.gaps == nil {
			s.gaps = map[uint32][]Interval{}
		}
		s.gaps[p.first] = e.Gaps
	} else {
		delete(s.gaps, p.first)
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
	return Event{Key: s.key(p), NotBefore: instant(p.notBefore), SeenFrom: instant(p.seenFrom), LastSeen: instant(p.lastSeen), GoneBy: instant(p.goneBy), Status: statuses[p.status],
		Gaps: s.gaps[p.first], Peak: Peak{int64(p.feeds), int64(p.of), int64(p.ofASes), instant(p.top)}, First: int(p.first), Earlier: int(p.earlier)}
}

func (s *spans) key(p *span) Key {
	k := Key{Kind: kinds[p.kind], Origin: Origin{ASN: p.asn}}
	if p.set > 0 {
		k.Origin.Set = s.sets[p.set-1]
	}
	if p.family > 0 {
		address := netip.AddrFrom16(p.address)
		if p.family == 4 {
			address = address.Unmap()
		}
		k.Prefix = netip.PrefixFrom(address, int(p.bits))
	}
	return k
}

func (s *spans) compare(a, b *span) int {
	if order := cmp.Compare(a.kind, b.kind); order != 0 {
		return order
	}
	x, y := s.key(a), s.key(b)
	if a.family > 0 { // so has b, as it is of the same kind
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
			s.all[i].earlier = merged[n-1].earlier + 1
		}
		until = e.latest()
		merged = append(merged, s.all[i])
	}
	s.all = merged
}

// byBeginning returns the events by their beginning, and by their keys.
func (s *spans) byBeginning() iter.Seq[Event] {
	slices.SortFunc(s.all, func(a, b span) int { return cmp.Or(cmp.Compare(a.seenFrom, b.seenFrom), s.compare(&a, &b)) })
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
