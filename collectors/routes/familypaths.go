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

	unique   fingerprints            // of paths
	byPeer   fingerprints            // of (path, peer)
	perPeer  []int                   // paths by peer
	latest   [1 << latestBits]uint64 // of byPeer, by their upper bits
	transits asTable

	open      []level // prefixes that cover the current one, outermost first, and then that prefix itself
	unordered bool    // the dump's prefixes are not sorted, so samePath is unknown
	samePath  []int   // by peer: prefixes with the same path as the longest prefix of the peer that covers them
}

// level is a prefix of the filtered table with the paths to it.
type level struct {
	prefix netip.Prefix
	paths  []uint64 // by peer; 0: the peer does not carry the prefix
}

// nested compares a peer's path to a prefix of the filtered table with its path to the covering prefix.
func (f *familyPaths) nested(peer int, p netip.Prefix, print uint64) {
	if len(f.open) == 0 || f.open[len(f.open)-1].prefix != p {
		f.enter(p)
	}
	for len(f.samePath) <= peer {
		f.samePath = append(f.samePath, 0)
	}
	print |= 1
	for n := len(f.open) - 1; n >= 0; n-- {
		at := &f.open[n]
		if n == len(f.open)-1 {
			for len(at.paths) <= peer {
				at.paths = append(at.paths, 0)
			}
			if at.paths[peer] != 0 {
				return // another path of the peer (ADD-PATH): the first counts
			}
			at.paths[peer] = print
			continue
		}
		if peer < len(at.paths) && at.paths[peer] != 0 {
			if at.paths[peer] == print {
				f.samePath[peer]++
			}
			return
		}
	}
}

// enter makes p the current prefix.
func (f *familyPaths) enter(p netip.Prefix) {
	if n := len(f.open); n > 0 {
		last := f.open[n-1].prefix
		if p.Addr().Less(last.Addr()) || p.Addr() == last.Addr() && p.Bits() < last.Bits() {
			f.unordered = true
		}
	}
	for len(f.open) > 0 && !f.open[len(f.open)-1].prefix.Contains(p.Addr()) {
		f.open = f.open[:len(f.open)-1]
	}
	n := len(f.open)
	if n < cap(f.open) { // reuse the memory of its paths
		f.open = f.open[:n+1]
	} else {
		f.open = append(f.open, level{})
	}
	f.open[n].prefix, f.open[n].paths = p, f.open[n].paths[:0]
}

func (f *familyPaths) grow(peer int) {
	for len(f.entries) <= peer {
		f.entries = append(f.entries, 0)
		f.stripped = append(f.stripped, nil)
		f.sent = append(f.sent, nil)
		f.perPeer = append(f.perPeer, 0)
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
}

// add counts a path of the filtered table, which is its sequence and the AS_SET at its end, and returns its fingerprint.
func (f *familyPaths) add(sequence []uint32, set string, peer int) (print uint64) {
	print = fingerprint(sequence, set)
	ofPeer := mix(print, uint64(peer)+1)
	if latest := &f.latest[ofPeer>>(64-latestBits)]; *latest == ofPeer {
		return print // likely, and cheaper than a lookup in a table far larger than the caches
	} else {
		*latest = ofPeer
	}
	if !f.byPeer.add(ofPeer) {
		return print
	}
	f.perPeer[peer]++
	f.unique.add(print)
	// Every AS left of a set is transit as well; a path that ends in a confederation has no origin.
	if set == "" && len(sequence) > 0 {
		sequence = sequence[:len(sequence)-1]
	}
	for _, asn := range sequence {
		f.transits.add(asn, peer)
	}
	return print
}

// mix is one step of a hash over 64-bit words.
func mix(h, v uint64) uint64 {
	hi, lo := bits.Mul64(h^0x9e3779b97f4a7c15, v^0xd6e8feb86659fd93)
	return hi ^ lo
}

// fingerprint returns a hash that identifies a path. With 64 bits, two of ten million paths have the same one with a probability
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
	return mix(h, 0x2545f4914f6cdd1d)
}

// fingerprints is a set of 64-bit hashes.
type fingerprints struct {
	slots []uint64 // 0: free
	n     int
	zero  bool
}

// add adds v and reports whether it is new.
func (f *fingerprints) add(v uint64) bool {
	if v == 0 {
		was := f.zero
		f.zero = true
		return !was
	}
	if 4*f.n >= 3*len(f.slots) {
		old := f.slots
		f.slots = make([]uint64, max(1024, 2*len(old)))
		for _, v := range old {
			if v != 0 {
				f.slots[f.find(v)] = v
			}
		}
	}
	at := f.find(v)
	if f.slots[at] == v {
		return false
	}
	f.slots[at] = v
	f.n++
	return true
}

// find returns the slot that holds v, or the free one where it belongs.
func (f *fingerprints) find(v uint64) uint64 {
	mask := uint64(len(f.slots) - 1)
	at := v & mask
	for f.slots[at] != 0 && f.slots[at] != v {
		at = (at + 1) & mask
	}
	return at
}

// len returns the number of fingerprints.
func (f *fingerprints) len() int {
	if f.zero {
		return f.n + 1
	}
	return f.n
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
