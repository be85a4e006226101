package topology

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestAdd(t *testing.T) {
	long := make([]uint32, maxLength+1)
	for i := range long {
		long[i] = uint32(1000 + i)
	}
	for _, c := range []struct {
		path []uint32
		want Fate
	}{
		{[]uint32{1, 2, 3}, Kept},
		{[]uint32{1, 1, 2, 2, 3}, Kept},
		{[]uint32{1, 2, 1}, Looped},
		{[]uint32{1, 64512, 3}, Reserved},
		{[]uint32{1, 0}, Reserved},
		{[]uint32{1, 23456, 3}, Reserved},
		{[]uint32{1, 4200000000}, Reserved},
		{nil, Empty},
		{long, TooLong},
	} {
		if got := NewPaths().Add(c.path, 1); got != c.want {
			t.Errorf("%v: %v, want %v", c.path, got, c.want)
		}
	}
}

// small is a little Internet. AS 1, 2 and 3 are at the top, 11, 12 and 13 their customers with vantage points, 21 to 26 stubs.
// AS 12 and 13 peer, which only 12 shows; 21 has two providers.
const small = `
11 1 2 12 22
11 1 2 12 23
11 1 3 13 24
11 1 3 13 25
11 1 3 13 21
11 1 2 26
11 21
11 22 22
12 2 1 11 21
12 2 3 13 24
12 2 26
12 22
12 23
12 13 25
13 3 1 11 21
13 3 2 12 22
13 3 2 12 23
13 3 2 26
13 24
13 25
13 21`

func addText(t *testing.T, p *Paths, text string) {
	for line := range strings.Lines(strings.TrimSpace(text)) {
		var path []uint32
		for _, f := range strings.Fields(line) {
			var asn uint32
			if _, err := fmt.Sscan(f, &asn); err != nil {
				t.Fatal(err)
			}
			path = append(path, asn)
		}
		if fate := p.Add(path, 256); fate != Kept {
			t.Fatalf("%s: %v", line, fate)
		}
	}
}

func TestInfer(t *testing.T) {
	p := NewPaths()
	addText(t, p, small)
	top := p.Infer()
	if want := []uint32{1, 2, 3}; !slices.Equal(top.Clique, want) {
		t.Fatalf("clique %v, want %v", top.Clique, want)
	}
	got := map[string]string{}
	for _, l := range top.Links() {
		got[fmt.Sprint(l.A, "-", l.B)] = l.Relation.String() + " " + l.Basis.String()
	}
	for link, want := range map[string]string{
		"1-2": "peer clique", "2-3": "peer clique", "1-11": "provider top-down", "2-12": "provider top-down", "3-13": "provider top-down",
		"11-21": "provider top-down", "13-21": "provider top-down", "12-22": "provider top-down", "2-26": "provider top-down",
		"12-13": "peer nothing-else", "11-22": "peer nothing-else",
	} {
		if got[link] != want {
			t.Errorf("%s: %q, want %q", link, got[link], want)
		}
	}
	cones := top.Cones()
	if want := []uint32{12, 22, 23}; !slices.Equal(cones[12], want) {
		t.Errorf("cone of AS12 is %v, want %v", cones[12], want)
	}
	if want := []uint32{2, 12, 22, 23, 26}; !slices.Equal(cones[2], want) {
		t.Errorf("cone of AS2 is %v, want %v", cones[2], want)
	}
	if cone, ok := cones[26]; ok {
		t.Errorf("a stub has the cone %v", cone)
	}
}

// TestUnknown holds what is needed to call a link a peering because nothing else was found.
func TestUnknown(t *testing.T) {
	unknown, peers := 0, 0
	for seed := range uint64(50) {
		p := NewPaths()
		paths, _ := randomPaths(seed)
		vantages := map[uint32]bool{}
		for _, path := range paths[:60] {
			p.Add(path, 1)
			vantages[path[0]] = true
		}
		for _, l := range p.Infer().Links() {
			switch {
			case l.Relation == Unknown:
				if unknown++; l.Vantages > 1 || l.Basis != Undecided {
					t.Errorf("seed %d: %+v", seed, l)
				}
			case l.Basis == NothingElse:
				if peers++; l.Relation != Peer || l.Vantages < 2 && !vantages[l.A] && !vantages[l.B] {
					t.Errorf("seed %d: %+v", seed, l)
				}
			}
		}
	}
	if unknown < 10 || peers < 10 {
		t.Errorf("%d unknown links and %d peerings test nothing", unknown, peers)
	}
}

// TestNobodyIsItsOwnProvider looks for circles in the relations of random paths.
func TestNobodyIsItsOwnProvider(t *testing.T) {
	for seed := range uint64(50) {
		p := NewPaths()
		paths, _ := randomPaths(seed)
		for _, path := range paths {
			p.Add(path, 1)
		}
		customers := map[uint32][]uint32{}
		top := p.Infer()
		for _, l := range top.Links() {
			switch l.Relation {
			case Provider:
				customers[l.A] = append(customers[l.A], l.B)
			case Customer:
				customers[l.B] = append(customers[l.B], l.A)
			}
		}
		var visit func(from, at uint32, depth int)
		visit = func(from, at uint32, depth int) {
			for _, c := range customers[at] {
				if c == from || depth > 30 {
					t.Fatalf("seed %d: AS%d is its own provider", seed, from)
				}
				visit(from, c, depth+1)
			}
		}
		for asn := range customers {
			visit(asn, asn, 0)
		}
	}
}

func TestHegemonyNeedsVantages(t *testing.T) {
	p := NewPaths()
	addText(t, p, small)
	if got := p.Hegemony([]uint32{11, 12}); got != nil {
		t.Errorf("two vantage points gave %v", got)
	}
	got := p.Hegemony([]uint32{11, 12, 13})
	if got[2] < 0.3 || got[2] > 0.6 {
		t.Errorf("hegemony of AS2 is %v", got[2])
	}
}

// BenchmarkInfer infers relations of the paths of 100,000 prefixes as 30 vantage points would show them: 2,000,000 distinct.
func BenchmarkInfer(b *testing.B) {
	const ases, prefixes, vantages = 80_000, 100_000, 30
	for b.Loop() {
		p := NewPaths()
		for v := range uint32(vantages) {
			for n := range uint32(prefixes) {
				origin := 1000 + uint32(hash(n, 7)%ases)
				middle := 100 + uint32(hash(origin, v%5+uint32(hash(n, v)%4))%900)
				if origin < 1000+900 {
					middle = 50 + origin%40
				}
				p.Add([]uint32{2000000 + v, 1 + uint32(hash(middle, v%3)%12), middle, origin}, 256)
			}
		}
		top := p.Infer()
		b.ReportMetric(float64(len(p.nodes)), "nodes")
		b.ReportMetric(float64(len(top.pairs)), "links")
		top.Cones()
		p.Hegemony([]uint32{2000000, 2000001, 2000002, 2000003})
	}
}
