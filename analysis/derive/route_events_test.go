package derive

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"tidemark/analysis/incident"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// TestRouteLeaks: AS12 passes on to its provider AS2 what it has from its peer AS13, marked Only to Customer. A leak that is there from the first dump on is an event of
// which it is unknown when it began.
func TestRouteLeaks(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	entries := putHierarchy(t, store)
	dumps := pathDumps{"raw/2020-01-01/a": entries}
	before := []Derivation{RouteStates(MinFullFeeds), Topology(dumps, nil)}
	if _, err := Run(context.Background(), store, before); err != nil {
		t.Fatal(err)
	}
	leaking := entries[0]
	leaking.Path, leaking.OTC = "1 2 12 13 23", 13
	entries[3].OTC, entries[8].OTC = 2, 7 // of 20.12.0.0/16, to customers only, and of 20.12.128.0/17, of an AS that is not on the path
	dumps["raw/2020-01-01/a"] = append(entries, leaking)
	leaking.Path = "1 2 12 13 {23}" // a set is not judged
	dumps["raw/2020-01-01/a"] = append(dumps["raw/2020-01-01/a"], leaking)
	if _, err := Run(context.Background(), store, []Derivation{RouteLeaks(dumps, nil), RouteMarks, RouteEvents}); err != nil {
		t.Fatal(err)
	}
	leaks := derivedRows(t, store, datasets.RouteLeaks)
	if len(leaks) != 1 || leaks[0].LeakASN != 12 || leaks[0].Valley != "2 (provider) < 12 < 13 (peer)" || leaks[0].Paths != 1 || leaks[0].Path != "1 2 12 13 23" {
		t.Errorf("leaks: %+v", leaks)
	}
	var states []string
	for _, s := range derivedRows(t, store, datasets.OTCStates) {
		states = append(states, fmt.Sprintf("%s %s, %d of %d, OTC %d, leak %d, %q %q %q", s.Prefix, s.State, s.Leaked, s.Paths, s.OTC, s.LeakASN, s.Hop, s.Path, s.SeenBy))
	}
	if want := []string{
		`10.11.0.0/16 leak, 1 of 1, OTC 13, leak 12, "2 (provider) < 12, OTC 13" "1 2 12 13 23" "a/192.0.2.11/AS11"`,
		`20.12.0.0/16 kept, 0 of 1, OTC 2, leak 0, "" "" ""`,
		`20.12.128.0/17 unknown, 0 of 1, OTC 7, leak 0, "" "" ""`,
	}; !slices.Equal(states, want) {
		t.Errorf("got %q, want %q", states, want)
	}
	var found []string
	for _, e := range derivedRows(t, store, datasets.RouteEvents) {
		if e.Kind != incident.RouteLeak && e.Kind != incident.OTCLeak {
			continue
		}
		found = append(found, e.Kind+" "+e.Detail)
		if e.NotBefore != nil || e.Status != "still" || e.Prefix != leaks[0].Prefix {
			t.Errorf("event: %+v", e)
		}
	}
	if want := []string{"otc-leak 2 (provider) < 12, OTC 13", "route-leak " + leaks[0].Valley}; !slices.Equal(found, want) {
		t.Errorf("events %q, want %q", found, want)
	}
}

// TestOrigins reads back the lists that marks have, also those with sets.
func TestOrigins(t *testing.T) {
	for _, want := range []string{"", "1", "1,2", "{3,4}", "1,{3,4},5", "{3,4},{5}"} {
		all, err := parseOrigins(want)
		if err != nil {
			t.Fatal(err)
		}
		if got := originList(all); got != want {
			t.Errorf("%q is read as %q", want, got)
		}
	}
}
