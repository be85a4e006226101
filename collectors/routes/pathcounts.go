package routes

import "tidemark/internal/fault"

// pathCounts counts the distinct paths of one family, and what is on them.
type pathCounts struct {
	paths    []knownPath // a hash table, of which a quarter is free
	unique   int         // paths
	others   wordSet     // (path, peer) of the peers of a path beside its first
	perPeer  []int       // paths by peer
	transits asTable
	links    wordSet // between ASes that follow each other in a path, see linkOf
}

// knownPath is a path and the peer that had it first: nearly every path is of one peer, since it begins with its AS.
type knownPath struct {
	print uint64 // 0: the slot is free
	peer  uint32
}

// add counts a path of a peer. A path that ends in an AS_SET or a confederation has no origin, and all of its sequence is transit.
func (c *pathCounts) add(print uint64, sequence []uint32, hasOrigin bool, peer uint32) {
	unique := c.addPath(print, peer)
	if !unique && !c.addPeer(print, peer) {
		return
	}
	for len(c.perPeer) <= int(peer) {
		c.perPeer = append(c.perPeer, 0)
	}
	c.perPeer[peer]++
	if unique {
		c.addLinks(sequence)
	}
	if hasOrigin {
		sequence = sequence[:len(sequence)-1]
	}
	for _, asn := range sequence {
		c.transits.add(asn, int(peer))
	}
}

// addPath adds a path and reports whether it is new.
func (c *pathCounts) addPath(print uint64, peer uint32) bool {
	if 4*c.unique >= 3*len(c.paths) {
		old := c.paths
		c.paths = make([]knownPath, max(1024, 2*len(old)))
		for _, p := range old {
			if p.print != 0 {
				*c.find(p.print) = p
			}
		}
	}
	p := c.find(print)
	if p.print == print {
		return false
	}
	*p = knownPath{print, peer}
	c.unique++
	return true
}

// addPeer adds a peer to a known path and reports whether it is new there.
func (c *pathCounts) addPeer(print uint64, peer uint32) bool {
	return c.find(print).peer != peer && c.others.add(mix(print, uint64(peer)+1)|1)
}

// find returns the slot of a path, or the free one where it belongs.
func (c *pathCounts) find(print uint64) *knownPath {
	mask := uint64(len(c.paths) - 1)
	at := slotOf(print, len(c.paths))
	for c.paths[at].print != 0 && c.paths[at].print != print {
		at = (at + 1) & mask
	}
	return &c.paths[at]
}

// addLinks adds the links of a path without prepending.
func (c *pathCounts) addLinks(sequence []uint32) {
	for i := 1; i < len(sequence); i++ {
		if a, b := sequence[i-1], sequence[i]; a != b {
			c.links.add(linkOf(a, b))
		}
	}
}

// linkOf is a pair of neighbouring ASes in one word, the lower one in its upper half.
func linkOf(a, b uint32) uint64 { return uint64(min(a, b))<<32 | uint64(max(a, b)) }

// degrees returns the number of ASes by how many neighbours they have.
func (c *pathCounts) degrees() (byDegree map[int]int) {
	neighbours := map[uint32]int{}
	for _, link := range c.links.slots {
		if link != 0 {
			neighbours[uint32(link>>32)]++
			neighbours[uint32(link)]++
		}
	}
	byDegree = map[int]int{}
	for _, n := range neighbours {
		byDegree[n]++
	}
	return byDegree
}

// pathCounter counts the paths of both families in a goroutine of its own, which has half as much to do as the one that reads entries.
type pathCounter struct {
	families [2]pathCounts // may be read behind finish
	batch    *pathBatch
	full     chan *pathBatch // nil: the goroutine does not run
	free     chan *pathBatch
	done     chan error
}

// pathBatch are paths on their way to be counted.
type pathBatch struct {
	paths []sentPath
	asns  []uint32 // of all their sequences
}

type sentPath struct {
	print     uint64
	peer      uint32
	end       uint32 // of the sequence in asns
	v6        bool
	hasOrigin bool
}

const (
	pathsAtOnce = 4096 // in a batch
	pathBatches = 4    // in flight
)

// add counts a path.
func (c *pathCounter) add(v6 bool, print uint64, sequence []uint32, hasOrigin bool, peer int) {
	if c.full == nil {
		c.start()
	}
	b := c.batch
	b.asns = append(b.asns, sequence...)
	b.paths = append(b.paths, sentPath{print, uint32(peer), uint32(len(b.asns)), v6, hasOrigin})
	if len(b.paths) == pathsAtOnce {
		c.full <- b
		c.batch = <-c.free
	}
}

func (c *pathCounter) start() {
	c.batch = new(pathBatch)
	c.full, c.free, c.done = make(chan *pathBatch, pathBatches), make(chan *pathBatch, pathBatches+1), make(chan error, 1)
	for range pathBatches {
		c.free <- new(pathBatch)
	}
	full := c.full
	go func() {
		err := fault.Caught(func() error { c.count(full); return nil })
		for b := range full { // behind a fault
			c.free <- b
		}
		c.done <- err
	}()
}

func (c *pathCounter) count(full <-chan *pathBatch) {
	for b := range full {
		from := uint32(0)
		for _, p := range b.paths {
			counts := &c.families[0]
			if p.v6 {
				counts = &c.families[1]
			}
			counts.add(p.print, b.asns[from:p.end], p.hasOrigin, p.peer)
			from = p.end
		}
		b.paths, b.asns = b.paths[:0], b.asns[:0]
		c.free <- b
	}
}

// finish waits until all paths are counted.
func (c *pathCounter) finish() error {
	if c.full == nil {
		return nil
	}
	c.full <- c.batch
	close(c.full)
	c.full = nil
	return <-c.done
}
