package topology

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// randomPaths returns paths over a few ASes with much in common, as those of a dump have, and their addresses.
func randomPaths(seed uint64) (paths [][]uint32, addresses []uint64) {
	r := rand.New(rand.NewPCG(seed, 1))
	for range 400 {
		path := []uint32{uint32(1 + r.IntN(6))}
		for len(path) < 2+r.IntN(5) {
			path = append(path, path[len(path)-1]+1+uint32(r.IntN(4)))
		}
		paths = append(paths, path)
		addresses = append(addresses, 1<<r.IntN(12))
	}
	return paths, addresses
}

// TestEvidenceTwin compares what the tree counts with what is counted path by path.
func TestEvidenceTwin(t *testing.T) {
	for seed := range uint64(20) {
		var p = NewPaths()
		paths, _ := randomPaths(seed)
		seen := map[string][]uint32{}
		for _, path := range paths {
			if fate := p.Add(path, 1); fate != Kept {
				t.Fatal(fate)
			}
			seen[fmt.Sprint(path)] = path
		}
		top := p.Infer()
		poisoned := 0
		count, vantages := map[[2]uint32]int{}, map[[2]uint32]map[uint32]bool{}
		beside := map[uint32]map[uint32]bool{}
		for _, path := range seen {
			if isPoisoned(path, top.Clique) {
				poisoned++
				continue
			}
			for i := range path {
				if i == 0 {
					continue
				}
				l := [2]uint32{min(path[i-1], path[i]), max(path[i-1], path[i])}
				if count[l]++; vantages[l] == nil {
					vantages[l] = map[uint32]bool{}
				}
				vantages[l][path[0]] = true
				if i+1 < len(path) {
					if beside[path[i]] == nil {
						beside[path[i]] = map[uint32]bool{}
					}
					beside[path[i]][path[i-1]], beside[path[i]][path[i+1]] = true, true
				}
			}
		}
		if top.Poisoned != poisoned {
			t.Errorf("seed %d: %d poisoned paths, want %d", seed, top.Poisoned, poisoned)
		}
		links := top.Links()
		if len(links) != len(count) {
			t.Errorf("seed %d: %d links, want %d", seed, len(links), len(count))
		}
		for _, l := range links {
			if key := [2]uint32{l.A, l.B}; l.Paths != count[key] || l.Vantages != len(vantages[key]) {
				t.Errorf("seed %d: %+v, want %d paths, %d vantage points", seed, l, count[key], len(vantages[key]))
			}
		}
		for _, as := range top.ASes() {
			if as.TransitDegree != len(beside[as.ASN]) {
				t.Errorf("seed %d: AS%d has transit degree %d, want %d", seed, as.ASN, as.TransitDegree, len(beside[as.ASN]))
			}
		}
	}
}

func isPoisoned(path, clique []uint32) bool {
	met := false
	for i, asn := range path {
		if slices.Contains(clique, asn) {
			if met && !slices.Contains(clique, path[i-1]) {
				return true
			}
			met = true
		}
	}
	return false
}

// TestConesTwin compares cones with those found by walking every path.
func TestConesTwin(t *testing.T) {
	total := 0
	for seed := range uint64(20) {
		p := NewPaths()
		paths, _ := randomPaths(seed)
		for _, path := range paths {
			p.Add(path, 1)
		}
		top := p.Infer()
		relation := map[[2]uint32]Relation{}
		want := map[uint32]map[uint32]bool{}
		for _, l := range top.Links() {
			relation[[2]uint32{l.A, l.B}], relation[[2]uint32{l.B, l.A}] = l.Relation, l.Relation.reverse()
			switch l.Relation {
			case Provider:
				want[l.A] = map[uint32]bool{l.A: true}
			case Customer:
				want[l.B] = map[uint32]bool{l.B: true}
			}
		}
		for _, path := range paths {
			if isPoisoned(path, top.Clique) {
				continue
			}
			for i := 1; i < len(path); i++ {
				if r := relation[[2]uint32{path[i-1], path[i]}]; r != Provider && r != Peer {
					continue
				}
				for j := i + 1; j < len(path) && relation[[2]uint32{path[j-1], path[j]}] == Provider; j++ {
					want[path[i]][path[j]] = true
				}
			}
		}
		cones := top.Cones()
		if len(cones) != len(want) {
			t.Errorf("seed %d: %d cones, want %d", seed, len(cones), len(want))
		}
		for asn, cone := range cones {
			if !slices.IsSorted(cone) || len(cone) != len(want[asn]) || slices.ContainsFunc(cone, func(m uint32) bool { return !want[asn][m] }) {
				t.Errorf("seed %d: cone of AS%d is %v, want %v", seed, asn, cone, want[asn])
			}
			total += len(cone) - 1
		}
	}
	if total < 100 {
		t.Errorf("only %d members: the paths test nothing", total)
	}
}

// TestHegemonyTwin compares hegemony with the definition of the paper, computed path by path.
func TestHegemonyTwin(t *testing.T) {
	for seed := range uint64(20) {
		p := NewPaths()
		paths, addresses := randomPaths(seed)
		vantages := []uint32{1, 2, 3, 5, 6}
		total, through := map[uint32]float64{}, map[[2]uint32]float64{}
		ases := map[uint32]bool{}
		for i, path := range paths {
			p.Add(path, addresses[i])
			total[path[0]] += float64(addresses[i])
			for _, asn := range path {
				ases[asn] = true
				through[[2]uint32{path[0], asn}] += float64(addresses[i])
			}
		}
		got := p.Hegemony(vantages)
		for asn := range ases {
			var shares []float64
			for _, v := range vantages {
				shares = append(shares, through[[2]uint32{v, asn}]/total[v])
			}
			slices.Sort(shares)
			want := (shares[1] + shares[2] + shares[3]) / 3
			if math.Abs(got[asn]-want) > 1e-12 {
				t.Errorf("seed %d: hegemony of AS%d is %v, want %v of %v", seed, asn, got[asn], want, shares)
			}
		}
	}
}

// TestLocalHegemony: AS5 has the shares 3/4, 2/4 and 0 of the paths of three vantage points to AS9, and AS6 has 1/4, 2/4 and 1. The smallest
// and the largest are left out, and so is AS9's own vantage point.
func TestLocalHegemony(t *testing.T) {
	p := NewPaths()
	for _, r := range []struct {
		path      []uint32
		addresses uint64
	}{
		{[]uint32{1, 5, 9}, 3}, {[]uint32{1, 6, 9}, 1}, {[]uint32{2, 5, 9}, 2}, {[]uint32{2, 6, 9}, 2}, {[]uint32{3, 6, 9}, 4}, {[]uint32{9}, 4},
		{[]uint32{1, 5, 8}, 100}, {[]uint32{2, 5, 8}, 100}, // two vantage points are too few
	} {
		p.Add(r.path, r.addresses)
	}
	calls := 0
	p.LocalHegemony([]uint32{1, 2, 3, 9}, func(origin uint32, vantages int, got map[uint32]float64) {
		calls++
		if want := map[uint32]float64{5: 0.5, 6: 0.5}; origin != 9 || vantages != 3 || !maps.Equal(got, want) {
			t.Errorf("AS%d of %d vantage points: %v, want %v", origin, vantages, got, want)
		}
	})
	if calls != 1 {
		t.Errorf("%d origins, want 1", calls)
	}
}

// TestLocalHegemonyTwin compares local hegemony with the definition of the paper, computed path by path.
func TestLocalHegemonyTwin(t *testing.T) {
	compared := 0
	for seed := range uint64(20) {
		p := NewPaths()
		paths, addresses := randomPaths(seed)
		vantages := []uint32{1, 2, 3, 5, 6}
		for i, path := range paths {
			p.Add(path, addresses[i])
		}
		found := map[uint32]map[uint32]float64{}
		p.LocalHegemony(vantages, func(origin uint32, _ int, h map[uint32]float64) { found[origin] = h })
		origins := map[uint32]bool{}
		for _, path := range paths {
			origins[path[len(path)-1]] = true
		}
		for origin := range origins {
			total, through := map[uint32]float64{}, map[[2]uint32]float64{}
			ases := map[uint32]bool{}
			for i, path := range paths {
				if path[len(path)-1] != origin || path[0] == origin || !slices.Contains(vantages, path[0]) {
					continue
				}
				total[path[0]] += float64(addresses[i])
				for _, asn := range path[:len(path)-1] {
					ases[asn] = true
					through[[2]uint32{path[0], asn}] += float64(addresses[i])
				}
			}
			if len(total) < 3 {
				if found[origin] != nil {
					t.Errorf("seed %d: AS%d has hegemony of %d vantage points", seed, origin, len(total))
				}
				continue
			}
			for asn := range ases {
				var shares []float64
				for v := range total {
					shares = append(shares, through[[2]uint32{v, asn}]/total[v])
				}
				slices.Sort(shares)
				want := 0.0
				for _, s := range shares[1 : len(shares)-1] {
					want += s / float64(len(shares)-2)
				}
				compared++
				if got := found[origin][asn]; math.Abs(got-want) > 1e-12 {
					t.Errorf("seed %d: hegemony of AS%d for AS%d is %v, want %v of %v", seed, asn, origin, got, want, shares)
				}
			}
		}
	}
	if compared < 100 {
		t.Errorf("only %d compared", compared)
	}
}
