package derive

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

func TestRouteServerPaths(t *testing.T) {
	servers := newRouteServers([]uint32{99, 98})
	for _, c := range []struct {
		text   string
		want   []uint32
		ok     bool
		otc    uint32
		client uint32
	}{
		{"1 99 2", []uint32{1, 2}, true, 99, 2},
		{"99 1 2 98", []uint32{1, 2}, true, 99, 1},
		{"1 99 98 2", []uint32{1, 2}, true, 99, 2},
		{"1 2 99", []uint32{1, 2}, true, 99, 99}, // nobody sent it to the route server
		{"1 2 3", []uint32{1, 2, 3}, true, 99, 99},
		{"1 99 2", []uint32{1, 2}, true, 1, 1},
		{"99", nil, true, 2, 2},
		{"1 99 {2,3}", []uint32{1}, false, 99, 99},
	} {
		got, ok := servers.parse(nil, c.text)
		if !slices.Equal(got, c.want) || ok != c.ok {
			t.Errorf("%q is %v %v, want %v %v", c.text, got, ok, c.want, c.ok)
		}
		if got := servers.client(c.otc, c.text); got != c.client {
			t.Errorf("%q: OTC %d is of AS%d, want AS%d", c.text, c.otc, got, c.client)
		}
	}
	if got := servers.input(); got != "route_servers=98,99" {
		t.Error(got)
	}
}

// TestRouteServers: with route servers at random places of the paths, relations, cones, hegemony and leaks are those of the same paths
// without them, once they are named. Another list makes the partitions anew.
func TestRouteServers(t *testing.T) {
	found := func(store *table.Store, dumps Dumps, servers []uint32, made int) (text string) {
		t.Helper()
		derivations := []Derivation{RouteStates(MinFullFeeds), Topology(dumps, servers), RouteLeaks(dumps, servers)}
		changed, err := Run(context.Background(), store, derivations)
		if err != nil {
			t.Fatal(err)
		}
		if changed != made {
			t.Errorf("with the route servers %v, %d partitions are made, want %d", servers, changed, made)
		}
		text = fmt.Sprintln(derivedRows(t, store, datasets.ASLinks), derivedRows(t, store, datasets.ASDependencies))
		for _, a := range derivedRows(t, store, datasets.ASTopologies) {
			if a.Hegemony != nil {
				text += fmt.Sprint(*a.Hegemony, " ")
			}
			a.Hegemony = nil // a pointer, which differs
			text += fmt.Sprintln(a)
		}
		for _, l := range derivedRows(t, store, datasets.RouteLeaks) {
			l.Path = "" // as it was received
			text += fmt.Sprintln(l)
		}
		for _, s := range derivedRows(t, store, datasets.OTCStates) {
			s.Path = ""
			text += fmt.Sprintln(s)
		}
		return text
	}
	const name = "raw/2020-01-01/a"
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		plain, served := &table.Store{Dir: t.TempDir()}, &table.Store{Dir: t.TempDir()}
		entries := putHierarchy(t, plain)
		putHierarchy(t, served)
		leaking := entries[0]
		leaking.Path, leaking.OTC = "11 1 3 13 12 22", 13
		entries = append(entries, leaking)
		detours := slices.Clone(entries)
		for i := range detours {
			var path []string
			for _, asn := range strings.Fields(detours[i].Path) {
				for rnd.IntN(2) == 0 {
					path = append(path, fmt.Sprint(98+rnd.IntN(2)))
				}
				path = append(path, asn)
			}
			detours[i].Path = strings.Join(path, " ")
		}
		want := found(plain, pathDumps{name: entries}, nil, 3)
		if !strings.Contains(want, "< 13 < 12 (peer)") {
			t.Fatalf("no leak: %s", want)
		}
		dumps := pathDumps{name: detours}
		if got := found(served, dumps, nil, 3); got == want {
			t.Errorf("seed %d: route servers that are not named make no difference", seed)
		}
		if got := found(served, dumps, []uint32{99, 98}, 2); got != want {
			t.Errorf("seed %d: got\n%s\nwant\n%s", seed, got, want)
		}
		found(served, dumps, []uint32{98, 99}, 0)
	}
}
