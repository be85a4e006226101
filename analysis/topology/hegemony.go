package topology

import (
	"cmp"
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
	root := p.roots(vantages)
	sums := map[uint64]uint64{} // addresses behind an AS, by that AS and the root
	var roots int
	for n := 1; n < len(p.nodes); n++ {
		if root[n] == 0 || weights[n] == 0 {
			continue
		}
		if p.nodes[n].parent == 0 {
			roots++
		}
		sums[join(p.nodes[n].asn, root[n])] += weights[n]
	}
	return trimmedMeans(sums, roots, func(root uint32) uint64 { return weights[root] })
}

// roots returns, by node, the node of its vantage point; 0 if that is none of those given.
func (p *Paths) roots(vantages []uint32) []uint32 {
	root := make([]uint32, len(p.nodes))
	for n := 1; n < len(p.nodes); n++ {
		if up := p.nodes[n].parent; up > 0 {
			root[n] = root[up]
		} else if slices.Contains(vantages, p.nodes[n].asn) {
			root[n] = uint32(n)
		}
	}
	return root
}

// trimmedMeans returns the hegemony of each AS, of the addresses behind it by AS and root, and those behind a root. It returns nil for
// fewer than three roots.
func trimmedMeans(sums map[uint64]uint64, roots int, behind func(root uint32) uint64) map[uint32]float64 {
	leftOut := int(math.Ceil(trimmed * float64(roots)))
	if roots <= 2*leftOut {
		return nil
	}
	shares := map[uint32][]float64{} // by AS, of the vantage points that have it on their paths
	for key, sum := range sums {
		asn, root := halves(key)
		shares[asn] = append(shares[asn], float64(sum)/float64(behind(root)))
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

// LocalHegemony calls each with every origin AS, in their order, and on what share of the paths to that origin each other AS lies: local
// hegemony as in the same paper, computed like Hegemony from the paths to one origin, of the vantage points that have some. A vantage point
// inside the origin says nothing of how others reach it and does not count. Origins with fewer than three vantage points are left out.
func (p *Paths) LocalHegemony(vantages []uint32, each func(origin uint32, vantages int, hegemony map[uint32]float64)) {
	root := p.roots(vantages)
	var ends []uint32 // nodes at which paths of the vantage points end
	for n := 1; n < len(p.nodes); n++ {
		if p.nodes[n].addresses > 0 && root[n] > 0 && p.nodes[root[n]].asn != p.nodes[n].asn {
			ends = append(ends, uint32(n))
		}
	}
	slices.SortFunc(ends, func(a, b uint32) int { return cmp.Or(cmp.Compare(p.nodes[a].asn, p.nodes[b].asn), cmp.Compare(a, b)) })
	for len(ends) > 0 {
		origin, n := p.nodes[ends[0]].asn, 0
		sums, behind := map[uint64]uint64{}, map[uint32]uint64{}
		for ; n < len(ends) && p.nodes[ends[n]].asn == origin; n++ {
			end := ends[n]
			addresses := p.nodes[end].addresses
			behind[root[end]] += addresses
			for up := p.nodes[end].parent; up > 0; up = p.nodes[up].parent {
				sums[join(p.nodes[up].asn, root[end])] += addresses
			}
		}
		ends = ends[n:]
		if h := trimmedMeans(sums, len(behind), func(root uint32) uint64 { return behind[root] }); h != nil {
			each(origin, len(behind), h)
		}
	}
}
