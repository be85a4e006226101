package operator

import (
	"fmt"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestRegionUsers: a country has the newest month of each publisher in the year before the dumps, and nothing of later days, of the world
// or of lists of sites.
func TestRegionUsers(t *testing.T) {
	store := tables.Store(t)
	day := func(year, month, day int) time.Time {
		return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	}
	now := day(2026, 3, 15)
	commit := func(row datasets.ExternalValue, country string, at time.Time, value float64) datasets.ExternalValue {
		row.Country, row.Time, row.Value = country, at, value
		return row
	}
	n := int64(70)
	google := datasets.ExternalValue{Series: "google-ipv6", Category: "all IPv6", Unit: "percent of users"}
	apnic := datasets.ExternalValue{Series: "apnic-ipv6", Category: "capable", Unit: "percent of users", N: &n}
	radar := datasets.ExternalValue{Series: "ipv6-users", Publisher: "Radar", Category: "requests", Unit: "percent of requests"}
	tables.Commit(t, store, datasets.ExternalSeries, table.Key{Day: now, Name: "a"}, commit(google, "FR", day(2026, 2, 1), 80), commit(google, "FR", day(2026, 4, 1), 99), commit(apnic, "FR", day(2026, 3, 1), 60),
		commit(apnic, "FR", day(2026, 3, 2), 64), commit(apnic, "FR", day(2026, 2, 2), 1), commit(radar, "FR", day(2025, 1, 1), 1), commit(radar, "FR", day(2025, 12, 1), 30), commit(google, "", day(2026, 3, 1), 45))
	tables.Commit(t, store, datasets.RouteStates, table.Key{Day: now.Truncate(24 * time.Hour), Name: "a"}, datasets.RouteState{Time: now, Family: 4, Prefix: "192.0.2.0/24", Collectors: "rrc00"})
	tables.Commit(t, store, datasets.CountryStats, table.Key{Day: now, Name: "a"}, datasets.CountryStat{Time: now, Family: 4, Registration: "as", Registry: "ripencc", Country: "FR", ASes: 1, Span: 256})
	view, err := Open(t.Context(), store, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	defer view.Close()
	regions, err := view.Regions(t.Context(), ByCountry)
	if err != nil || len(regions) != 1 {
		t.Fatalf("%d regions, %v", len(regions), err)
	}
	got := ""
	for _, u := range regions[0].Users {
		got += fmt.Sprintf("%s %s %s of %s, %d, %s; ", u.Publisher, u.Month, u.Percent(), u.Whole(), u.Days, u.Sampled())
	}
	if want := "APNIC Labs 2026-03 62.0 % of users, 2, 70; Google 2026-02 80.0 % of users, 1, unknown; Radar 2025-12 30.0 % of requests, 1, unknown; "; got != want {
		t.Errorf("%s\n%s, want", got, want)
	}
}
