package routes

import (
	"hash/maphash"

	"tidemark/collectors/bgp"
)

// attributeSets finds the number of a set of path attributes by its bytes, within a row group. Of three entries of a table two have
// attributes that the row group has already, and finding them is far cheaper than decoding them and making their texts.
type attributeSets struct {
	seed  maphash.Seed
	slots []attributeSet // a hash table: a power of two, of which at least a quarter is free
	n     int
	keys  []byte // of all sets
}

// attributeSet is a slot of the table.
type attributeSet struct {
	hash   uint64 // 0: the slot is free
	from   uint32 // of its key in keys
	to     uint32
	number int32
}

// maxAttributeKeys bounds the bytes of attributes that are remembered. Where a row group has more, some are found anew.
const maxAttributeKeys = 64 << 20

func newAttributeSets() attributeSets {
	return attributeSets{seed: maphash.MakeSeed(), slots: make([]attributeSet, 1024)}
}

// clear forgets all sets.
func (s *attributeSets) clear() {
	clear(s.slots)
	s.n, s.keys = 0, s.keys[:0]
}

// find returns the number of a set that was added with that key, and otherwise the hash to add it with.
func (s *attributeSets) find(key []byte) (number int32, hash uint64, known bool) {
	hash = maphash.Bytes(s.seed, key) | 1
	slot := &s.slots[s.slot(hash, key)]
	return slot.number, hash, slot.hash != 0
}

// add adds a set that find did not find.
func (s *attributeSets) add(key []byte, hash uint64, number int32) {
	if len(s.keys)+len(key) > maxAttributeKeys {
		s.clear()
	}
	if 4*s.n >= 3*len(s.slots) {
		old := s.slots
		s.slots = make([]attributeSet, 2*len(old))
		for _, set := range old {
			if set.hash != 0 {
				s.slots[s.slot(set.hash, s.keys[set.from:set.to])] = set
			}
		}
	}
	from := len(s.keys)
	s.keys = append(s.keys, key...)
	s.slots[s.slot(hash, key)] = attributeSet{hash, uint32(from), uint32(len(s.keys)), number}
	s.n++
}

// slot returns the slot of the set with a key, or the free one where it belongs.
func (s *attributeSets) slot(hash uint64, key []byte) int {
	mask := len(s.slots) - 1
	for at := slotOf(hash, len(s.slots)); ; at++ {
		slot := &s.slots[int(at)&mask]
		if slot.hash == 0 || slot.hash == hash && string(s.keys[slot.from:slot.to]) == string(key) {
			return int(at) & mask
		}
	}
}

// appendForm appends what the meaning of attributes depends on beside their bytes.
func appendForm(key []byte, form bgp.Form) []byte {
	b := byte(form.ASSize) << 2
	if form.AddPath {
		b |= 1
	}
	if form.RIB {
		b |= 2
	}
	return append(key, b)
}
