package derive

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
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
	if _, err := Run(context.Background(), store, []Derivation{RouteLeaks(dumps, nil), RouteMarks, RouteEvents("")}); err != nil {
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

// TestRouteEventsContinued: events are the same, byte for byte, whether all marks are joined or the history of an earlier time is continued:
// after an hour more, after several, where an hour came late or was made again, and where what is kept is damaged or of another program.
func TestRouteEventsContinued(t *testing.T) {
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	hours := putMarks(t, store, 40, 60)
	histories := t.TempDir()
	file := filepath.Join(histories, "route_events")
	made := func(of []markedHour, file string) (content []byte, m *table.Manifest) {
		t.Helper()
		var inputs []table.Input
		for i := range of {
			inputs = append(inputs, of[i].input())
		}
		j := eventsJob{store: store, hours: of, key: table.Key{Day: of[len(of)-1].Time, Name: "events"}, file: file}
		if file != "" {
			var err error
			if j.earlier, err = earlierEvents(store, inputs); err != nil {
				t.Fatal(err)
			}
		}
		into := store.Begin(inputs...)
		defer into.Abort()
		if err := j.run(t.Context(), into); err != nil {
			t.Fatal(err)
		}
		all, err := into.Commit()
		if err != nil {
			t.Fatal(err)
		}
		if content, err = os.ReadFile(store.Path(all[0]).String()); err != nil {
			t.Fatal(err)
		}
		return content, all[0]
	}
	change := func(file string) {
		t.Helper()
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)/2] ^= 0x40
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	late := slices.Concat(hours[:18], hours[19:]) // without one that comes later
	other := slices.Clone(hours[:36])
	other[5].Series = "other"
	for _, c := range []struct {
		name   string
		of     []markedHour
		before func(m *table.Manifest)
		joined int // hours that are continued
	}{
		{"from nothing", late[:20], nil, 0},
		{"the same", late[:20], nil, 20},
		{"an hour more", late[:21], nil, 20},
		{"several more", late[:30], nil, 21},
		{"one came late", hours[:31], nil, 0},
		{"and one more", hours[:32], nil, 31},
		{"the history is damaged", hours[:33], func(*table.Manifest) { change(file) }, 0},
		{"the events are damaged", hours[:34], func(m *table.Manifest) { change(store.Path(m).String()) }, 33},
		{"another program", hours[:35], func(*table.Manifest) { store.Program = "test 2" }, 0},
		{"other collectors", other, nil, 0},
		{"the history is gone", other[:36], func(*table.Manifest) { os.Remove(file) }, 0},
		{"fewer hours", hours[:10], nil, 0},
		{"all", hours, nil, 10},
	} {
		if c.before != nil {
			all, err := store.Manifests(datasets.RouteEvents.Schema)
			if err != nil {
				t.Fatal(err)
			}
			c.before(all[len(all)-1])
		}
		j := eventsJob{store: store, hours: c.of, file: file}
		if _, counts := j.continued(); len(counts) != c.joined {
			t.Errorf("%s: %d hours are continued, want %d", c.name, len(counts), c.joined)
		}
		got, m := made(c.of, file)
		if want, _ := made(c.of, ""); !bytes.Equal(got, want) {
			t.Errorf("%s: %d rows are others than those of all marks", c.name, m.Rows)
		}
	}
}
