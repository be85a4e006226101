package routes

import (
	"encoding/binary"
	"slices"
)

// numberSets holds each distinct set of AS numbers once; set 0 is empty.
type numberSets struct {
	sets [][]uint32 // ascending, without the empty one
	ids  map[string]uint32
}

// get returns the set with an ID.
func (n *numberSets) get(id uint32) []uint32 {
	if id == 0 {
		return nil
	}
	return n.sets[id-1]
}

// join returns the ID of the union of a set and further numbers.
func (n *numberSets) join(id uint32, asns []uint32) uint32 {
	have := n.get(id)
	if !slices.ContainsFunc(asns, func(asn uint32) bool { return !slices.Contains(have, asn) }) {
		return id
	}
	all := slices.Concat(have, asns)
	slices.Sort(all)
	all = slices.Compact(all)
	var key []byte
	for _, asn := range all {
		key = binary.BigEndian.AppendUint32(key, asn)
	}
	if known, ok := n.ids[string(key)]; ok {
		return known
	}
	if n.ids == nil {
		n.ids = map[string]uint32{}
	}
	n.sets = append(n.sets, all)
	n.ids[string(key)] = uint32(len(n.sets))
	return n.ids[string(key)]
}
