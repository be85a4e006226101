package routes

import (
	"encoding/binary"
	"math/bits"
)

// peerSet is a bit set of peer numbers. Equal sets may differ in the number of zero words at the end.
type peerSet []uint64

func (s *peerSet) add(peer int) {
	for len(*s) <= peer>>6 {
		*s = append(*s, 0)
	}
	(*s)[peer>>6] |= 1 << (peer & 63)
}

func (s peerSet) has(peer int) bool { return peer>>6 < len(s) && s[peer>>6]&(1<<(peer&63)) != 0 }

// join adds the members of another set.
func (s *peerSet) join(other peerSet) {
	for len(*s) < len(other) {
		*s = append(*s, 0)
	}
	for i, w := range other {
		(*s)[i] |= w
	}
}

func (s peerSet) count() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// each calls f with the members, ascending.
func (s peerSet) each(f func(peer int)) {
	for i, w := range s {
		for ; w != 0; w &= w - 1 {
			f(i<<6 | bits.TrailingZeros64(w))
		}
	}
}

// common returns the number of members that both have.
func (s peerSet) common(other peerSet) (n int) {
	for i := range min(len(s), len(other)) {
		n += bits.OnesCount64(s[i] & other[i])
	}
	return n
}

// peerSets holds each distinct set once: a dump has few.
type peerSets struct {
	sets []peerSet
	ids  map[string]uint32
	key  []byte
}

func newPeerSets() peerSets { return peerSets{ids: map[string]uint32{}} }

// id returns the ID of a set, which it copies.
func (p *peerSets) id(s peerSet) uint32 {
	p.key = p.key[:0]
	for i, w := range s {
		if w != 0 {
			for len(p.key) < 8*i {
				p.key = append(p.key, 0)
			}
			p.key = binary.LittleEndian.AppendUint64(p.key, w)
		}
	}
	id, ok := p.ids[string(p.key)]
	if !ok {
		id = uint32(len(p.sets))
		p.sets = append(p.sets, append(peerSet(nil), s[:len(p.key)/8]...))
		p.ids[string(p.key)] = id
	}
	return id
}

func (p *peerSets) get(id uint32) peerSet { return p.sets[id] }

// union returns the ID of the union of two sets.
func (p *peerSets) union(a, b uint32) uint32 {
	all := append(peerSet(nil), p.sets[a]...)
	all.join(p.sets[b])
	return p.id(all)
}
