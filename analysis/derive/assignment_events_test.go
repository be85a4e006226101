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
