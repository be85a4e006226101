package routes

import (
	"encoding/binary"
	"math/bits"
	"net/netip"

	"tidemark/collectors/bgp"
	"tidemark/datasets"
)

// marks are the properties of an entry that table_stats counts: bit n is markNames[n].
type marks uint32

const (
	hasCommunities marks = 1 << iota
	hasExtCommunities
	hasLargeCommunities
	hasBlackhole
	hasGracefulShutdown
	hasNoExport
	hasNoAdvertise
	hasNoExportSubconfed
	hasNoPeer
	hasOTC
	hasAIGP
	hasAtomicAggregate
	hasAggregator
	hasPrivateAggregator
	hasASSet
	hasConfederation
	isPrepended
	hasIPv6NextHop
)

const markCount = 18

// markNames are the keys of attribute_entries and attribute_prefixes.
var markNames = [markCount]string{
	"communities", "extended-communities", "large-communities", "blackhole", "graceful-shutdown", "no-export", "no-advertise",
	"no-export-subconfed", "no-peer", "otc", "aigp", "atomic-aggregate", "aggregator", "private-aggregator", "as-set", "confederation",
	"prepended", "ipv6-next-hop",
}

// wellKnown are the communities of IANA's registry that are counted.
var wellKnown = map[uint32]marks{
	0xffff0000: hasGracefulShutdown, 0xffff029a: hasBlackhole, 0xffffff01: hasNoExport, 0xffffff02: hasNoAdvertise,
	0xffffff03: hasNoExportSubconfed, 0xffffff04: hasNoPeer,
}

// typeAIGP is the accumulated IGP metric (RFC 7311).
const typeAIGP bgp.AttributeType = 26

// byType are the marks that follow from the presence of an attribute.
var byType = []struct {
	kind bgp.AttributeType
	mark marks
}{
	{bgp.TypeCommunities, hasCommunities}, {bgp.TypeExtCommunities, hasExtCommunities}, {bgp.TypeLargeCommunity, hasLargeCommunities},
	{bgp.TypeOTC, hasOTC}, {typeAIGP, hasAIGP}, {bgp.TypeAtomicAggregate, hasAtomicAggregate}, {bgp.TypeAggregator, hasAggregator},
}

// marksOf returns the marks of an entry with path l.
func marksOf(f *bgp.Frame, l *latestPath, family bgp.AFI, hop netip.Addr, form bgp.Form) (m marks) {
	m = l.marks
	for _, t := range byType {
		if f.Has(t.kind) {
			m |= t.mark
		}
	}
	for c := f.Communities; len(c) >= 4; c = c[4:] {
		if c[0] == 0xff && c[1] == 0xff {
			m |= wellKnown[binary.BigEndian.Uint32(c)]
		}
	}
	if m&hasAggregator != 0 && datasets.PrivateASN(f.AggregatorASN(form)) {
		m |= hasPrivateAggregator
	}
	if family == bgp.IPv4 && hop.Is6() {
		m |= hasIPv6NextHop
	}
	return m
}

// familyMarks counts the marks and next hops of one family, before the table filter: most blackholes are longer than it allows.
type familyMarks struct {
	entries [][markCount]int // by peer
	hop     []netip.Addr     // of the peer's previous entry
	hops    map[peerHop]struct{}
}

type peerHop struct {
	peer int
	hop  netip.Addr
}

func (f *familyMarks) add(peer int, m marks, hop netip.Addr) {
	for len(f.entries) <= peer {
		f.entries, f.hop = append(f.entries, [markCount]int{}), append(f.hop, netip.Addr{})
	}
	for of := &f.entries[peer]; m != 0; m &= m - 1 {
		of[bits.TrailingZeros32(uint32(m))]++
	}
	if hop != f.hop[peer] && hop.IsValid() {
		if f.hops == nil {
			f.hops = map[peerHop]struct{}{}
		}
		f.hop[peer] = hop
		f.hops[peerHop{peer, hop}] = struct{}{}
	}
}

// markStats are the marks of one vantage, or of all together.
type markStats struct {
	entries  [markCount]int
	prefixes [markCount]int
	hops     int
	all      bool // of all peers together: prefixes are known, and 0 is written
}

// stats returns the marks of all peers together and of each; prefixes are left to be counted.
func (f *familyMarks) stats(peers int) (together *markStats, each []*markStats) {
	together, each = &markStats{all: true}, make([]*markStats, peers)
	for p := range each {
		each[p] = new(markStats)
		if p < len(f.entries) {
			each[p].entries = f.entries[p]
		}
		for n, entries := range each[p].entries {
			together.entries[n] += entries
		}
	}
	distinct := map[netip.Addr]struct{}{}
	for h := range f.hops {
		distinct[h.hop] = struct{}{}
		each[h.peer].hops++
	}
	together.hops = len(distinct)
	return together, each
}

// prefix counts a prefix by the marks of all its entries.
func (s *markStats) prefix(routes []route) {
	var m marks
	for i := range routes {
		m |= routes[i].marks
	}
	for ; m != 0; m &= m - 1 {
		s.prefixes[bits.TrailingZeros32(uint32(m))]++
	}
}

// rows calls add for each metric.
func (s *markStats) rows(add func(metric, key string, value float64)) {
	for n, name := range markNames {
		if s.all || s.entries[n] > 0 {
			add("attribute_entries", name, float64(s.entries[n]))
		}
		if s.all {
			add("attribute_prefixes", name, float64(s.prefixes[n]))
		}
	}
	add("next_hops", "", float64(s.hops))
}
