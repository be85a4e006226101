package routes

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"

	"tidemark/internal/fault"
)

// TestPathCountsLikeTwin counts the same paths with maps.
func TestPathCountsLikeTwin(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	var c pathCounter
	type pathOf struct {
		path string
		peer int
	}
	unique, links, transits := map[string]bool{}, map[[2]uint32]bool{}, map[string]bool{}
	ofPeers, perPeer := map[pathOf]bool{}, map[int]int{}
	for range 3 * pathsAtOnce {
		sequence := make([]uint32, random.IntN(5))
		for i := range sequence {
			sequence[i] = random.Uint32N(20)
		}
		peer, hasOrigin, set := random.IntN(100), len(sequence) > 0, ""
		if random.IntN(4) == 0 {
			hasOrigin, set = false, "{1,2}"
		}
		c.add(false, fingerprint(sequence, set), sequence, hasOrigin, peer)
		path := fmt.Sprint(sequence, set)
		unique[path] = true
		if of := (pathOf{path, peer}); !ofPeers[of] {
			ofPeers[of] = true
			perPeer[peer]++
		}
		for i := range sequence {
			if i > 0 && sequence[i-1] != sequence[i] {
				links[[2]uint32{min(sequence[i-1], sequence[i]), max(sequence[i-1], sequence[i])}] = true
			}
			if i < len(sequence)-1 || !hasOrigin {
				transits[fmt.Sprint(sequence[i], peer)] = true
			}
		}
	}
	if err := errors.Join(c.finish(), c.finish()); err != nil {
		t.Fatal(err)
	}
	got := &c.families[0]
	if got.unique != len(unique) || got.links.n != len(links) {
		t.Errorf("%d paths and %d links, want %d and %d", got.unique, got.links.n, len(unique), len(links))
	}
	neighbours, degrees := map[uint32]int{}, map[int]int{}
	for l := range links {
		neighbours[l[0]]++
		neighbours[l[1]]++
	}
	for _, n := range neighbours {
		degrees[n]++
	}
	if !maps.Equal(got.degrees(), degrees) {
		t.Errorf("degrees %v, want %v", got.degrees(), degrees)
	}
	for peer, want := range perPeer {
		if got.perPeer[peer] != want {
			t.Errorf("peer %d: %d paths, want %d", peer, got.perPeer[peer], want)
		}
	}
	seen := 0
	for i, asn := range got.transits.asns {
		got.transits.peers[i].each(func(peer int) {
			if seen++; !transits[fmt.Sprint(asn, peer)] {
				t.Errorf("AS%d is a transit AS of peer %d", asn, peer)
			}
		})
	}
	if seen != len(transits) {
		t.Errorf("%d pairs of transit AS and peer, want %d", seen, len(transits))
	}
}

// A fault in the goroutine is an error, and does not block the other one.
func TestPathCounterFault(t *testing.T) {
	var c pathCounter
	for range (pathBatches + 3) * pathsAtOnce {
		c.add(false, 1, nil, true, 0) // a path without ASes has no origin
	}
	var wrong *fault.Error
	if err := c.finish(); !errors.As(err, &wrong) {
		t.Errorf("%v, want a fault", err)
	}
}

func TestPathCountsAllocate(t *testing.T) {
	var c pathCounts
	sequence := []uint32{1, 2, 3}
	c.add(7, sequence, true, 1)
	c.add(7, sequence, true, 2)
	if n := testing.AllocsPerRun(100, func() { c.add(7, sequence, true, 1); c.add(7, sequence, true, 2) }); n > 0 {
		t.Errorf("%v allocations for a known path", n)
	}
}
