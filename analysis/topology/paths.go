package topology

import (
	"slices"

	"tidemark/datasets"
)

// Fate is what becomes of a path.
type Fate uint8

const (
	Kept     Fate = iota
	Empty         // it has no AS
	Looped        // an AS appears twice, with others between
	Reserved      // it has a number that no public path should have, or AS_TRANS
	TooLong       // it has more ASes than any sane path
	Full          // there are more distinct paths than are held
)

func (f Fate) String() string {
	return [...]string{"kept", "empty path", "AS loop", "reserved AS number", "path too long", "too many paths"}[f]
}

const (
	maxLength = 64      // ASes of a path, without prepending
	maxNodes  = 1 << 26 // of the tree: 2 GB
)

// asTrans replaces the AS numbers that a router with two-octet numbers cannot write (RFC 6793).
const asTrans = 23456

// Paths holds distinct AS paths as a tree, in which paths share what they have in common, counted from the vantage point. Its
// nodes are numbered so that a node comes after its parent.
type Paths struct {
	nodes []node
	table []uint32 // hash table of nodes, by parent and AS; 0: free
	step  []uint32 // of the path being added
}

// node is an AS behind those of its ancestors.
type node struct {
	parent    uint32
	asn       uint32
	prefixes  uint32 // routes whose path ends here; 0: none
	addresses uint64 // of these
}

// NewPaths returns an empty set of paths.
func NewPaths() *Paths {
	return &Paths{nodes: make([]node, 1), table: make([]uint32, 1<<10)}
}

// Add adds the path of a route, the vantage point first, and how many addresses the route covers, in any unit. It returns
// Kept, or why the path was dropped.
func (p *Paths) Add(path []uint32, addresses uint64) Fate {
	p.step = p.step[:0]
	for _, asn := range path {
		if datasets.ReservedInPath(asn) || asn == asTrans {
			return Reserved
		}
		if n := len(p.step); n > 0 && p.step[n-1] == asn {
			continue
		}
		if slices.Contains(p.step, asn) {
			return Looped
		}
		if len(p.step) == maxLength {
			return TooLong
		}
		p.step = append(p.step, asn)
	}
	if len(p.step) == 0 {
		return Empty
	}
	at := uint32(0)
	for _, asn := range p.step {
		if at = p.child(at, asn); at == 0 {
			return Full
		}
	}
	p.nodes[at].prefixes++
	p.nodes[at].addresses += addresses
	return Kept
}

// child returns the child of a node with an AS, which it adds if it is new; 0 if the tree is full.
func (p *Paths) child(parent, asn uint32) uint32 {
	for i := hash(parent, asn); ; i++ {
		slot := &p.table[i&uint64(len(p.table)-1)]
		if *slot == 0 {
			if len(p.nodes) == maxNodes {
				return 0
			}
			n := uint32(len(p.nodes))
			*slot = n
			p.nodes = append(p.nodes, node{parent: parent, asn: asn})
			if len(p.nodes) > len(p.table)/4*3 {
				p.grow()
			}
			return n
		}
		if n := &p.nodes[*slot]; n.parent == parent && n.asn == asn {
			return *slot
		}
	}
}

func (p *Paths) grow() {
	p.table = make([]uint32, 2*len(p.table))
	for n := 1; n < len(p.nodes); n++ {
		i := hash(p.nodes[n].parent, p.nodes[n].asn)
		for p.table[i&uint64(len(p.table)-1)] != 0 {
			i++
		}
		p.table[i&uint64(len(p.table)-1)] = uint32(n)
	}
}

// hash mixes the bits of a key (the finaliser of MurmurHash3).
func hash(parent, asn uint32) uint64 {
	h := uint64(parent)<<32 | uint64(asn)
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

// Vantages returns how many ASes are at the beginning of paths.
func (p *Paths) Vantages() (n int) {
	for i := 1; i < len(p.nodes); i++ {
		if p.nodes[i].parent == 0 {
			n++
		}
	}
	return n
}
