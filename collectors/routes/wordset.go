package routes

import "math/bits"

// wordSet is a set of 64-bit words other than 0. A map takes several times as long: there are millions, and each is looked for once.
type wordSet struct {
	slots []uint64 // a power of two, of which a quarter is free: 0
	n     int
}

// add adds v and reports whether it is new.
func (s *wordSet) add(v uint64) bool {
	if 4*s.n >= 3*len(s.slots) {
		old := s.slots
		s.slots = make([]uint64, max(1024, 2*len(old)))
		for _, v := range old {
			if v != 0 {
				s.slots[s.find(v)] = v
			}
		}
	}
	at := s.find(v)
	if s.slots[at] == v {
		return false
	}
	s.slots[at] = v
	s.n++
	return true
}

// find returns the slot that holds v, or the free one where it belongs.
func (s *wordSet) find(v uint64) uint64 {
	mask := uint64(len(s.slots) - 1)
	at := slotOf(v, len(s.slots))
	for s.slots[at] != 0 && s.slots[at] != v {
		at = (at + 1) & mask
	}
	return at
}

// slotOf returns the slot, of a power of two, at which the search for a word begins. The words need not be evenly spread.
func slotOf(v uint64, slots int) uint64 {
	return v * 0x9e3779b97f4a7c15 >> (64 - bits.TrailingZeros(uint(slots)))
}
