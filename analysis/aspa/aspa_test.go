package aspa

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestVectors verifies the paths of testdata/vectors.txt: the examples of the draft, and what NIST, OpenBGPD and Qrator expect.
func TestVectors(t *testing.T) {
	content, err := os.ReadFile("testdata/vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	var source string
	var providers Providers
	counts := map[string]int{}
	for i, line := range strings.Split(string(content), "\n") {
		kind, rest, _ := strings.Cut(line, " ")
		switch kind {
		case "", "#":
			continue
		case "source":
			source, providers = rest, Providers{}
			continue
		case "aspa":
			numbers := numbersOf(t, rest)
			for _, p := range numbers[1:] {
				providers.Add(numbers[0], p)
			}
			continue
		}
		want, rest, _ := strings.Cut(rest, " ")
		var got string
		if kind == "hop" {
			hop := numbersOf(t, rest)
			got = providers.Attest(hop[0], hop[1]).String()
		} else {
			text, ramps, hasRamps := strings.Cut(rest, " ramps ")
			path := pathOf(t, text)
			result := verify(providers, kind, path)
			got = result.State.String()
			if slow := slowly(providers, kind, path); slow != result.State {
				t.Errorf("line %d: %s is %s, and %s by the definitions", i+1, line, got, slow)
			}
			if hasRamps {
				checkRamps(t, providers, path, ramps)
			}
		}
		if got != want {
			t.Errorf("line %d (%s): %s is %s, want %s", i+1, source, line, got, want)
		}
		counts[strings.Fields(source)[0]]++
	}
	if got, want := fmt.Sprint(counts), "map[QratorLabs/ASPA:49 Sriram,:23 openbgpd-openbsd:133 usnistgov/NIST-BGP-SRx:22]"; got != want {
		t.Errorf("vectors compared: %s, want %s", got, want)
	}
}

func numbersOf(t *testing.T, text string) (numbers []uint32) {
	for _, word := range strings.Fields(text) {
		n, err := strconv.ParseUint(word, 10, 32)
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, uint32(n))
	}
	return numbers
}

// pathOf parses a path, which may end in @ and the AS of the session.
func pathOf(t *testing.T, text string) (path Path) {
	text, neighbour, has := strings.Cut(text, "@")
	if err := path.Parse(text); err != nil {
		t.Fatal(err)
	}
	if has {
		path.Neighbour = numbersOf(t, neighbour)[0]
	}
	return path
}

func verify(p Providers, direction string, path Path) Result {
	if direction == "up" {
		return p.Upstream(path)
	}
	return p.Downstream(path)
}

// checkRamps compares the ramps that the examples of the draft state.
func checkRamps(t *testing.T, p Providers, path Path, want string) {
	n := len(path.ASes)
	var got []string
	for _, end := range []func(int) uint32{func(i int) uint32 { return path.ASes[n-1-i] }, func(i int) uint32 { return path.ASes[i] }} {
		most, least := p.climb(n, end)
		got = append(got, fmt.Sprint(most), fmt.Sprint(least))
	}
	for i, w := range strings.Fields(want) {
		if w != "-" && w != got[i] {
			t.Errorf("%v: ramps %v, want %s", path.ASes, got, want)
		}
	}
}

// slowly verifies by the definitions of the draft. AS(1) is the origin and AS(N) the neighbour; each ramp is searched for as it is
// defined, over all its possible ends.
func slowly(p Providers, direction string, path Path) State {
	n := len(path.ASes)
	if path.HasSet || n == 0 || path.Neighbour != 0 && path.ASes[0] != path.Neighbour {
		return Invalid
	}
	as := func(i int) uint32 { return path.ASes[n-i] }
	authorized := func(x, y uint32) string {
		listed, has := p[x]
		if !has {
			return "No Attestation"
		}
		for _, l := range listed {
			if l == y && y != 0 {
				return "Provider+"
			}
		}
		return "Not Provider+"
	}
	// first returns the smallest i of 1 to N-1 for which end holds; N if there is none.
	first := func(end func(i int) bool) int {
		for i := 1; i <= n-1; i++ {
			if end(i) {
				return i
			}
		}
		return n
	}
	maxUp := first(func(i int) bool { return authorized(as(i), as(i+1)) == "Not Provider+" })
	minUp := first(func(i int) bool { return authorized(as(i), as(i+1)) != "Provider+" })
	// The largest j of N to 2 for which a condition holds gives a down-ramp of N - j + 1 ASes.
	last := func(end func(j int) bool) int {
		for j := n; j >= 2; j-- {
			if end(j) {
				return n - j + 1
			}
		}
		return n
	}
	maxDown := last(func(j int) bool { return authorized(as(j), as(j-1)) == "Not Provider+" })
	minDown := last(func(j int) bool { return authorized(as(j), as(j-1)) != "Provider+" })
	if direction == "up" {
		maxDown, minDown = 0, 0
	}
	switch {
	case maxUp+maxDown < n:
		return Invalid
	case minUp+minDown < n:
		return Unknown
	}
	return Valid
}

// TestAllPaths verifies every path of up to five of four ASes with every set of ASPAs in which each AS has none, lists nobody, or
// lists one or two of the others. A path that is valid upstream must be valid downstream.
func TestAllPaths(t *testing.T) {
	var listed [4][][]uint32
	for as := range uint32(4) {
		listed[as] = [][]uint32{nil, {0}}
		for other := uint32(1); other <= 4; other++ {
			if other != as+1 {
				listed[as] = append(listed[as], []uint32{other})
			}
		}
		listed[as] = append(listed[as], []uint32{(as+1)%4 + 1, (as+2)%4 + 1})
	}
	var paths [][]uint32
	for length := 1; length <= 5; length++ {
		paths = append(paths, allPaths(length)...)
	}
	seen := map[string]int{}
	for n := range 6 * 6 * 6 * 6 {
		p := Providers{}
		for as, rest := 0, n; as < 4; as, rest = as+1, rest/6 {
			for _, provider := range listed[as][rest%6] {
				p.Add(uint32(as+1), provider)
			}
		}
		for _, ases := range paths {
			path := Path{ASes: ases}
			up, down := p.Upstream(path), p.Downstream(path)
			for direction, got := range map[string]Result{"up": up, "down": down} {
				seen[direction+" "+got.State.String()]++
				if want := slowly(p, direction, path); got.State != want {
					t.Fatalf("%s of %v with %v is %s, want %s", direction, ases, p, got.State, want)
				}
				if got.State == Invalid && p.Attest(got.Up.Customer, got.Up.Provider) != NotProvider || (got.Reason() != "") != (got.State == Invalid) {
					t.Fatalf("%s of %v with %v has the reason %q", direction, ases, p, got.Reason())
				}
			}
			if up.State == Valid && down.State != Valid || down.State == Invalid && up.State != Invalid {
				t.Fatalf("%v with %v is %s upstream and %s downstream", ases, p, up.State, down.State)
			}
		}
	}
	for _, direction := range []string{"up", "down"} {
		for _, s := range States {
			if seen[direction+" "+s.String()] == 0 {
				t.Errorf("no path is %s %s", direction, s)
			}
		}
	}
}

// allPaths returns the paths of ASes 1 to 4 without prepending.
func allPaths(length int) (all [][]uint32) {
	if length == 0 {
		return [][]uint32{nil}
	}
	for _, path := range allPaths(length - 1) {
		for as := uint32(1); as <= 4; as++ {
			if len(path) == 0 || path[len(path)-1] != as {
				all = append(all, append(slices.Clone(path), as))
			}
		}
	}
	return all
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"":                  "[] false",
		"3601 41000":        "[3601 41000] false",
		"3601 41000 41000":  "[3601 41000] false",
		"1 {2,3}":           "[1] true",
		"1 {2} 4":           "[1 4] true",
		"(64512 64513) 1 2": "[1 2] false",
		"[64512,64513] 1":   "[1] false",
		"1 (64512) 1":       "[1] false",
		"1 x":               "an AS number",
		"1 {2":              "does not end",
		"4294967296":        "an AS number",
	} {
		var p Path
		got := ""
		if err := p.Parse(text); err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprint(p.ASes, p.HasSet)
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestReason(t *testing.T) {
	p := Providers{10: {20}, 40: {50}}
	for _, c := range []struct{ direction, path, want string }{
		{"up", "30 10", "10>30"},
		{"down", "40 30 10", "10>30 40>30"},
		{"down", "40 {1}", "AS_SET"},
		{"up", "", "empty path"},
		{"up", "30 @20", "first AS is not the neighbour"},
		{"down", "30 10", ""},
	} {
		result := verify(p, c.direction, pathOf(t, c.path))
		if got := result.Reason(); got != c.want {
			t.Errorf("%s of %q: %q, want %q", c.direction, c.path, got, c.want)
		}
	}
}
