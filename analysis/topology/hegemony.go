package topology

import (
	"math"
	"slices"
)

// trimmed is the share of vantage points that hegemony leaves out at either end.
const trimmed = 0.1

// Hegemony returns on what share of the paths each AS lies, weighted by the addresses behind them, as Fontugne, Shah and Aben define
// it ("The (thin) Bridges of AS Connectivity", PAM 2018): the mean over the vantage points, without the tenth with the
// largest share, which are near the AS, and the tenth with the smallest. Their number is rounded up here, because the
// vantage points nearest to an AS would decide alone where there are fewer than ten. Sessions of one AS are one vantage point.
// Only the given vantage points count, which should be those that send a full table. Poisoned paths count: routes follow them.
//
// It returns nil if fewer than three of them have paths, and leaves out ASes of which it is 0.
func (p *Paths) Hegemony(vantages []uint32) map[uint32]float64 {
	return p.hegemony(vantages, p.addresses())
}

// addresses returns the addresses of the routes whose paths end at each node.
func (p *Paths) addresses() []uint64 {
	weights := make([]uint64, len(p.nodes))
	for n := range p.nodes {
		weights[n] = p.nodes[n].addresses
	}
	return weights
}

// hegemony returns the hegemony of each AS for weights by the node at which a path ends, which it changes.
func (p *Paths) hegemony(vantages []uint32, weights []uint64) map[uint32]float64 {
	for n := len(p.nodes) - 1; n > 0; n-- {
		if up := p.nodes[n].parent; up > 0 {
			weights[up] += weights[n]
		}
	}
	root := make([]uint32, len(p.nodes)) // by node: that of its vantage point
	sums := map[uint64]uint64{}          // addresses behind an AS, by that AS and the root
	var roots int
	for n := 1; n < len(p.nodes); n++ {
		if up := p.nodes[n].parent; up > 0 {
			root[n] = root[up]
		} else if weights[n] > 0 && slices.Contains(vantages, p.nodes[n].asn) {
			root[n] = uint32(n)
			roots++
		}
		if root[n] > 0 && weights[n] > 0 {
			sums[join(p.nodes[n].asn, root[n])] += weights[n]
		}
	}
	leftOut := int(math.Ceil(trimmed * float64(roots)))
	if roots <= 2*leftOut {
		return nil
	}
	shares := map[uint32][]float64{} // by AS, of the vantage points that have it on their paths
	for key, sum := range sums {
		asn, root := halves(key)
		shares[asn] = append(shares[asn], float64(sum)/float64(weights[root]))
	}
	hegemony := map[uint32]float64{}
	for asn, of := range shares {
		slices.Sort(of)
		zeros := roots - len(of) // the smallest
		if len(of) <= leftOut {
			continue
		}
		of = of[max(leftOut-zeros, 0) : len(of)-leftOut]
		sum := 0.0
		for _, s := range of {
			sum += s
		}
		hegemony[asn] = sum / float64(roots-2*leftOut)
	}
	return hegemony
}
