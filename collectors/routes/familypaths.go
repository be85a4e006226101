package routes

import (
	"math/bits"
	"net/netip"
)

// latestBits is the size of familyPaths.latest: a table of 256 kB.
const latestBits = 15

// familyPaths measures the paths of one family, while the dump is read: routes no longer hold them.
type familyPaths struct {
	entries  []int       // by peer, before the table filter
	stripped []histogram // lengths by peer, of the filtered table
	sent     []histogram
	extra    []histogram // by how much prepending makes a path longer

	latest [1 << latestBits]uint64 // hashes of (path, peer), by their upper bits

	open      []level       // prefixes that cover the current one, outermost first, and then that prefix itself
	unordered bool          // the dump's prefixes are not sorted, so specifics are unknown
	specifics []specificsBy // by peer
}

// nestedAs says how a prefix of a peer relates to the longest prefix of that peer that covers it.
type nestedAs uint8

const (
	notNested   nestedAs = iota // a root prefix
	samePath                    // an overlay
	otherPath                   // of the same origin: traffic engineering
	otherOrigin                 // a hole punched into the covering prefix
	nestedKinds
)

// specificsBy are the more specific prefixes of a peer and the addresses for which they are the longest match, by their kind.
type specificsBy struct {
	prefixes [nestedKinds]int
	span     [nestedKinds]float64
}

// level is a prefix of the filtered table with the routes to it.
type level struct {
	prefix netip.Prefix
	routes []nestedRoute // by peer
}

// nestedRoute is a peer's route to a prefix.
type nestedRoute struct {
	path    uint64 // 0: the peer does not carry the prefix
	origin  origin
	as      nestedAs
	covered float64 // addresses of its direct more specifics
}

// nested compares a peer's route to a prefix of the filtered table with its route to the covering prefix.
func (f *familyPaths) nested(peer int, p netip.Prefix, path uint64, of origin) {
	if len(f.open) == 0 || f.open[len(f.open)-1].prefix != p {
		f.enter(p)
	}
	for len(f.specifics) <= peer {
		f.specifics = append(f.specifics, specificsBy{})
	}
	innermost := &f.open[len(f.open)-1]
	for len(innermost.routes) <= peer {
		innermost.routes = append(innermost.routes, nestedRoute{})
	}
	route := &innermost.routes[peer]
	if route.path != 0 {
		return // another path of the peer (ADD-PATH): the first counts
	}
	*route = nestedRoute{path: path | 1, origin: of}
	for n := len(f.open) - 2; n >= 0; n-- {
		if peer >= len(f.open[n].routes) || f.open[n].routes[peer].path == 0 {
			continue
		}
		covering := &f.open[n].routes[peer]
		covering.covered += spanOf(p)
		switch {
		case covering.path == route.path:
			route.as = samePath
		case covering.origin == of:
			route.as = otherPath
		default:
			route.as = otherOrigin
		}
		break
	}
	f.specifics[peer].prefixes[route.as]++
}

// leave closes the prefixes from a depth on: all of their more specifics are known.
func (f *familyPaths) leave(depth int) {
	for _, l := range f.open[depth:] {
		for peer, r := range l.routes {
			if r.path != 0 {
				f.specifics[peer].span[r.as] += spanOf(l.prefix) - r.covered
			}
		}
	}
	f.open = f.open[:depth]
}

// enter makes p the current prefix.
func (f *familyPaths) enter(p netip.Prefix) {
	if n := len(f.open); n > 0 {
		last := f.open[n-1].prefix
		if p.Addr().Less(last.Addr()) || p.Addr() == last.Addr() && p.Bits() < last.Bits() {
			f.unordered = true
		}
	}
	n := len(f.open)
	for n > 0 && !f.open[n-1].prefix.Contains(p.Addr()) {
		n--
	}
	f.leave(n)
	if n < cap(f.open) { // reuse the memory of its routes
		f.open = f.open[:n+1]
	} else {
		f.open = append(f.open, level{})
	}
	f.open[n].prefix, f.open[n].routes = p, f.open[n].routes[:0]
}

func (f *familyPaths) grow(peer int) {
	for len(f.entries) <= peer {
		f.entries = append(f.entries, 0)
		f.stripped = append(f.stripped, nil)
		f.sent = append(f.sent, nil)
		f.extra = append(f.extra, nil)
	}
}

// entry counts an entry.
func (f *familyPaths) entry(peer int) {
	if len(f.entries) <= peer {
		f.grow(peer)
	}
	f.entries[peer]++
}

func (f *familyPaths) lengths(peer int, stripped, sent uint32) {
	f.stripped[peer].add(stripped)
	f.sent[peer].add(sent)
	f.extra[peer].add(sent - min(sent, stripped))
}

// isLatest reports whether a path of a peer is known to have been seen, and remembers it: that is likely, and cheaper than a lookup in a
// table far larger than the caches.
func (f *familyPaths) isLatest(print uint64, peer int) bool {
	ofPeer := mix(print, uint64(peer)+1)
	latest := &f.latest[ofPeer>>(64-latestBits)]
	was := *latest == ofPeer
	*latest = ofPeer
	return was
}

// mix is one step of a hash over 64-bit words.
func mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^0x9e3779b97f4a7c15, v^0xd6e8feb86659fd93)
	return hi ^ lo
}

// fingerprint returns a hash other than 0 that identifies a path. With 64 bits, two of ten million paths have the same one with a probability
// of 1 in 400,000; unique_paths would then be too small by one.
func fingerprint(sequence []uint32, set string) uint64 {
	h := uint64(len(sequence))<<32 | uint64(len(set))
	for i := 0; i < len(sequence); i += 2 {
		v := uint64(sequence[i]) << 32
		if i+1 < len(sequence) {
			v |= uint64(sequence[i+1])
		}
		h = mix(h, v)
	}
	for i := range len(set) {
		h = mix(h, uint64(set[i]))
	}
	return max(mix(h, 0x2545f4914f6cdd1d), 1)
}

// asTable holds a set of peers for each AS.
type asTable struct {
	index map[uint32]uint32
	asns  []uint32
	peers []peerSet
}

// add adds a peer to the set of an AS.
func (t *asTable) add(asn uint32, peer int) { t.set(asn).add(peer) }

// set returns the set of an AS, which is empty for a new one.
func (t *asTable) set(asn uint32) *peerSet {
	i, ok := t.index[asn]
	if !ok {
		if t.index == nil {
			t.index = map[uint32]uint32{}
		}
		i = uint32(len(t.asns))
		t.index[asn] = i
		t.asns = append(t.asns, asn)
		t.peers = append(t.peers, nil)
	}
	return &t.peers[i]
}
