package derive

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/registry"
	"tidemark/datasets"
	"tidemark/internal/testkit/tables"
	"tidemark/rfcwatch/event"
	"tidemark/rfcwatch/history"
)

// TestAssignmentEvents: what was added, changed and removed between snapshots, which values have several entries, and what a first
// snapshot says by the dates in it.
func TestAssignmentEvents(t *testing.T) {
	store := tables.Store(t)
	snapshot := func(day string, lines ...string) {
		path := filepath.Join(t.TempDir(), "safi-namespace-1."+day+".csv")
		if err := os.WriteFile(path, []byte("Value,Description,Note,Reference,Registration Date\n"+strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		decode(t, store, registry.Assignments{}, path, time.Time{})
	}
	snapshot("2020-01-01", "0,Reserved,,[RFC4760],", "1,Unicast,,[RFC4760],", "2,Multicast,,[RFC4760],2019-05", "3,Old,,[A_Person],", "4-10,Unassigned,,,", "11,Twin,,[RFC1],", "11,Twin,,[RFC2],", "12,Future,,,2030-01-01")
	snapshot("2020-06-01", "0,Reserved,,[RFC4760],") // cut
	snapshot("2021-01-01", "0,Reserved,,[RFC4760],", "1,Unicast routes,x,[RFC4760][RFC9],", "2,Multicast,,[RFC4760],2019-05", "4,New,,[RFC8950],2020-11-02", "5-10,Unassigned,,,", "11,Twin,,[RFC2],", "12,Future,,,2030-01-01")
	if _, err := Run(context.Background(), store, []Derivation{AssignmentEvents}); err != nil {
		t.Fatal(err)
	}
	manifests, err := store.Manifests(datasets.AssignmentEvents.Schema)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range manifests {
		for e, err := range datasets.AssignmentEvents.Scan(store.Path(m)) {
			if err != nil {
				t.Fatal(err)
			}
			on := "-"
			if e.Date != nil {
				on = e.Date.Format(time.DateOnly)
			}
			got = append(got, fmt.Sprintf("%s %s %s %s %s|%s|%s|%s %v", e.After.Format(time.DateOnly), e.Until.Format(time.DateOnly), on, e.Event, e.Value, e.Field, e.Before, e.Now, e.RFCs))
		}
	}
	want := []string{
		"2019-05-01 2020-01-01 2019-05-01 added 2||| [4760]",
		"2020-01-01 2021-01-01 - changed 1|description||note: x [9 4760]",
		"2020-01-01 2021-01-01 - changed 1|name|Unicast|Unicast routes [9 4760]",
		"2020-01-01 2021-01-01 - changed 1|reference|[RFC4760]|[RFC4760][RFC9] [9 4760]",
		"2020-01-01 2021-01-01 - removed 3||| []",
		"2020-01-01 2021-01-01 2020-11-02 added 4||| [8950]",
		"2020-01-01 2021-01-01 - removed 11||| [1]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestRegistrationEvents: events of entries that refer to an RFC are events of that RFC; those of the first snapshot are not news.
func TestRegistrationEvents(t *testing.T) {
	store := tables.Store(t)
	for day, lines := range map[string]string{
		"2020-01-01": "1,Unicast,[RFC4760],\n2,Multicast,[RFC4760],2019-05\n3,Old,[A_Person],\n6,Gone,[RFC6],\n",
		"2021-01-01": "1,Unicast routes,[RFC4760],\n2,Multicast,[RFC4760],2019-05\n4,New,[RFC8950],2020-11-02\n",
	} {
		path := filepath.Join(t.TempDir(), "safi-namespace-1."+day+".csv")
		if err := os.WriteFile(path, []byte("Value,Description,Reference,Registration Date\n"+lines), 0o644); err != nil {
			t.Fatal(err)
		}
		decode(t, store, registry.Assignments{}, path, time.Time{})
	}
	if _, err := Run(context.Background(), store, []Derivation{AssignmentEvents, RFCEvents}); err != nil {
		t.Fatal(err)
	}
	manifests, err := store.Manifests(datasets.RFCEvents.Schema)
	if err != nil {
		t.Fatal(err)
	}
	if last := manifests[len(manifests)-1]; last.Seen != 4 || last.Kept != 3 || last.Rejected["refers to no RFC"] != 1 {
		t.Errorf("seen %d, kept %d, rejected %v", last.Seen, last.Kept, last.Rejected)
	}
	events, err := history.Events(store, nil, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	news, err := history.ReadNews(store)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range events {
		got = append(got, fmt.Sprintf("%s %s %v %v", e.Document, event.Sentence(&e), e.Concerns, news.IsNews(&e)))
	}
	slices.Sort(got)
	want := []string{
		"safi-namespace/safi-namespace-1 1 IANA changed the name of 1 in “safi-namespace-1” from “Unicast” to “Unicast routes” (RFC 4760) between 2020-01-01 and 2021-01-01. [4760] true",
		"safi-namespace/safi-namespace-1 2 IANA registered 2 in “safi-namespace-1”: Multicast (RFC 4760) in 2019-05 (seen on 2020-01-01). [4760] false",
		"safi-namespace/safi-namespace-1 4 IANA registered 4 in “safi-namespace-1”: New (RFC 8950) on 2020-11-02 (seen on 2021-01-01). [8950] true",
		"safi-namespace/safi-namespace-1 6 IANA removed 6 from “safi-namespace-1”: Gone (RFC 6) between 2020-01-01 and 2021-01-01. [6] true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
