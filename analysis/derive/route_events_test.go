package derive

import (
	"context"
	"testing"

	"tidemark/analysis/incident"
	"tidemark/datasets"
	"tidemark/datasets/table"
)

// TestRouteLeaks: AS12 passes on to its provider AS2 what it has from its peer AS13. A leak that is there from the first dump on is an event of
// which it is unknown when it began.
func TestRouteLeaks(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	entries := putHierarchy(t, store)
	dumps := pathDumps{"raw/2020-01-01/a": entries}
	before := []Derivation{RouteStates(MinFullFeeds), Topology(dumps)}
	if _, err := Run(context.Background(), store, before); err != nil {
		t.Fatal(err)
	}
	leaking := entries[0]
	leaking.Path = "1 2 12 13 23"
	dumps["raw/2020-01-01/a"] = append(entries, leaking)
	leaking.Path = "1 2 12 13 {23}" // a set is not judged
	dumps["raw/2020-01-01/a"] = append(dumps["raw/2020-01-01/a"], leaking)
	if _, err := Run(context.Background(), store, []Derivation{RouteLeaks(dumps), RouteMarks, RouteEvents}); err != nil {
		t.Fatal(err)
	}
	leaks := derivedRows(t, store, datasets.RouteLeaks)
	if len(leaks) != 1 || leaks[0].LeakASN != 12 || leaks[0].Valley != "2 (provider) < 12 < 13 (peer)" || leaks[0].Paths != 1 || leaks[0].Path != "1 2 12 13 23" {
		t.Errorf("leaks: %+v", leaks)
	}
	found := 0
	for _, e := range derivedRows(t, store, datasets.RouteEvents) {
		if e.Kind != incident.RouteLeak {
			continue
		}
		found++
		if e.NotBefore != nil || e.Status != "still" || e.Detail != leaks[0].Valley || e.Prefix != leaks[0].Prefix {
			t.Errorf("event: %+v", e)
		}
	}
	if found != 1 {
		t.Errorf("%d events, want 1", found)
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
