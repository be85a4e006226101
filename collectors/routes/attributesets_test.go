package routes

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tidemark/collectors/bgp"
)

// TestAttributeSetsLikeMap finds the same sets in a map.
func TestAttributeSetsLikeMap(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	s := newAttributeSets()
	known := map[string]int32{}
	for i := range 200_000 {
		if i%70_000 == 0 { // a row group begins
			s.clear()
			clear(known)
		}
		form := bgp.Form{ASSize: 2 + 2*random.IntN(2), AddPath: random.IntN(2) == 0, RIB: random.IntN(2) == 0}
		key := string(appendForm(nil, form)) + strings.Repeat(fmt.Sprint(random.IntN(5000)), random.IntN(3))
		want, isKnown := known[key]
		got, hash, found := s.find([]byte(key))
		if found != isKnown || found && got != want {
			t.Fatalf("set %d: number %d, known %t, want %d, %t", i, got, found, want, isKnown)
		}
		if !found {
			known[key] = int32(i)
			s.add([]byte(key), hash, int32(i))
		}
	}
	if s.n != len(known) {
		t.Errorf("%d sets, want %d", s.n, len(known))
	}
}

// TestAttributeSetsAreBounded: sets whose bytes would take too much memory are forgotten.
func TestAttributeSetsAreBounded(t *testing.T) {
	s := newAttributeSets()
	key := make([]byte, 1<<16)
	for i := range 3 * maxAttributeKeys / len(key) {
		key[0], key[1], key[2] = byte(i), byte(i>>8), byte(i>>16)
		if _, hash, found := s.find(key); !found {
			s.add(key, hash, int32(i))
		}
		if len(s.keys) > maxAttributeKeys {
			t.Fatalf("%d bytes are remembered", len(s.keys))
		}
	}
	if number, _, found := s.find(key); !found || int(number) != 3*maxAttributeKeys/len(key)-1 {
		t.Errorf("the latest set: number %d, found %t", number, found)
	}
}

// TestKnownAttributesAllocate: finding a set that a row group has costs no memory.
func TestKnownAttributesAllocate(t *testing.T) {
	s := newAttributeSets()
	key := make([]byte, 100)
	_, hash, _ := s.find(key)
	s.add(key, hash, 1)
	if n := testing.AllocsPerRun(100, func() { s.find(key) }); n > 0 {
		t.Errorf("%v allocations for a set", n)
	}
}
