package operator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestDayByDay: what a view shows of dumps that are elsewhere, with room for a day of them, is what it shows of all that are here.
func TestDayByDay(t *testing.T) {
	store := tables.Store(t)
	first := time.Date(2024, 2, 27, 0, 0, 0, 0, time.UTC)
	const days = 6
	for i := range 2 * days { // the last day of a month, the leap day, and two hours of each day
		at := first.Add(time.Duration(i) * 12 * time.Hour)
		var rows []datasets.RouteState
		for n := range 20 {
			if (n+i)%3 == 0 {
				continue
			}
			share := float64(n) / 20
			rows = append(rows, datasets.RouteState{Time: at, Family: 4, Prefix: fmt.Sprintf("10.%d.0.0/16", n), PrefixLength: 16, OriginASN: uint32(64496 + n%3), Collectors: "rrc00",
				Verdict: []string{"global", "low"}[(n+i)%2], ROVState: []string{"valid", "not-found"}[i%2], BogonClass: "none", Visibility: &share})
		}
		tables.Commit(t, store, datasets.RouteStates, table.Key{Day: at.Truncate(24 * time.Hour), Name: at.Format("2006-01-02T15")}, rows...)
		tables.Commit(t, store, datasets.RouteHours, table.Key{Day: at.Truncate(24 * time.Hour), Name: at.Format("2006-01-02T15")},
			datasets.RouteHour{Time: at, Family: 4, Collectors: "rrc00", Routes: int64(len(rows))})
	}
	for _, at := range []time.Time{{}, first, first.Add(6 * time.Hour), first.AddDate(0, 0, 2).Add(-time.Second), first.AddDate(0, 0, 3), first.AddDate(1, 0, 0)} {
		away, kept := tables.NewAway(t, store, datasets.All()...)
		if got, want := viewOf(t, away, at), viewOf(t, store, at); got != want {
			t.Errorf("at %s: %s\nwant %s", at, got, want)
		}
		if most := kept.Most(datasets.RouteStates.Schema); most > 4 {
			t.Errorf("at %s: %d hours were held at a time, want those of the newest day and of one more", at, most)
		}
	}
	away, _ := tables.NewAway(t, store, datasets.All()...)
	if _, err := Open(t.Context(), away, first.Add(-time.Second)); !errors.Is(err, ErrNoStates) {
		t.Errorf("before the first dump: %v", err)
	}
}

// viewOf returns what a view shows of a prefix and an AS, as JSON.
func viewOf(t *testing.T, store *table.Store, at time.Time) string {
	t.Helper()
	v, err := Open(t.Context(), store, at)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	prefix, err := v.Prefix(t.Context(), netip.MustParsePrefix("10.7.0.0/16"), 0)
	if err != nil {
		t.Fatal(err)
	}
	as, err := v.AS(t.Context(), 64497)
	if err != nil {
		t.Fatal(err)
	}
	if len(as.History) == 0 {
		t.Errorf("at %s: AS64497 has no history", at)
	}
	b, err := json.Marshal([]any{v.Time, v.From, prefix, as})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
