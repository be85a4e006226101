package text

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// slowLength returns the length of a longest common subsequence by its definition.
func slowLength(a, b []string) int {
	switch {
	case len(a) == 0 || len(b) == 0:
		return 0
	case a[0] == b[0]:
		return 1 + slowLength(a[1:], b[1:])
	}
	return max(slowLength(a[1:], b), slowLength(a, b[1:]))
}

// TestCommon compares random sequences: the matches are equal elements in ascending order, and no more are possible.
func TestCommon(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	sequence := func() []string {
		all := make([]string, random.IntN(10))
		for i := range all {
			all[i] = string(rune('a' + random.IntN(3)))
		}
		return all
	}
	for range 2000 {
		a, b := sequence(), sequence()
		found := common(a, b, maxCells)
		if want := slowLength(a, b); len(found) != want {
			t.Fatalf("%q and %q: %d matches, want %d", a, b, len(found), want)
		}
		last := match{-1, -1}
		for _, m := range found {
			if a[m.a] != b[m.b] || m.a <= last.a || m.b <= last.b {
				t.Fatalf("%q and %q: %v", a, b, found)
			}
			last = m
		}
	}
}

// TestCommonIsBounded: of sequences that are too long, the beginning and the end are found.
func TestCommonIsBounded(t *testing.T) {
	long := func(word string) []string { return slices.Repeat([]string{word}, 30_000) }
	a := slices.Concat(strings.Fields("x y"), long("a"), strings.Fields("z"))
	b := slices.Concat(strings.Fields("x y"), long("b"), strings.Fields("z"))
	if got := len(common(a, b, maxCells)); got != 3 {
		t.Errorf("%d matches, want 3", got)
	}
}
