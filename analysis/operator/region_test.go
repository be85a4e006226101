package operator

import (
	"fmt"
	"slices"
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
	view := opened(t, store, time.Time{})
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

// TestRegionYears: a year counts the registries whose file covers it, a delegation that a joint file repeats counts once, later files than
// the view do not count, and without the files of all registries nothing found is unknown, not none.
func TestRegionYears(t *testing.T) {
	store := tables.Store(t)
	day := func(year, month, day int) time.Time {
		return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	}
	now := day(2020, 3, 15)
	given := func(file time.Time, registry, country, kind, start string, value int64, year int) datasets.Delegation {
		at := day(year, 5, 1)
		return datasets.Delegation{FileDate: file, Registry: registry, Country: country, Type: kind, Start: start, Value: value, Date: &at, Status: "allocated"}
	}
	newest, old := day(2020, 3, 1), day(2019, 6, 1)
	commit := func(name string, file time.Time, all ...datasets.Delegation) {
		tables.Commit(t, store, datasets.Delegations, table.Key{Day: file, Name: name}, all...)
	}
	ripe := []datasets.Delegation{given(newest, "ripencc", "FR", "ipv4", "192.0.2.0", 256, 2019), given(newest, "ripencc", "FR", "ipv4", "198.51.100.0", 512, 2019),
		given(newest, "ripencc", "FR", "ipv6", "2001:db8::", 48, 2018), given(newest, "ripencc", "FR", "asn", "64496", 2, 2020)}
	commit("ripencc", newest, ripe...)
	commit("joint", newest, ripe...)
	commit("later", day(2020, 4, 1), given(day(2020, 4, 1), "ripencc", "FR", "ipv4", "203.0.113.0", 256, 2019))
	for _, registry := range []string{"afrinic", "apnic", "lacnic"} {
		commit(registry, newest, given(newest, registry, "ZZ", "asn", "64500", 1, 1999))
	}
	commit("arin", old, given(old, "arin", "US", "asn", "64500", 1, 2018), given(old, "arin", "US", "asn", "64501", 1, 2019))
	tables.Commit(t, store, datasets.RouteStates, table.Key{Day: day(2020, 3, 15), Name: "a"}, datasets.RouteState{Time: now, Family: 4, Prefix: "192.0.2.0/24", Collectors: "rrc00"})
	tables.Commit(t, store, datasets.CountryStats, table.Key{Day: day(2020, 3, 15), Name: "a"}, datasets.CountryStat{Time: now, Family: 4, Registration: "as", Registry: "ripencc", Country: "FR", ASes: 1, Span: 256},
		datasets.CountryStat{Time: now, Family: 4, Registration: "as", Registry: "arin", Country: "US", ASes: 1, Span: 128})
	view := opened(t, store, time.Time{})
	for _, c := range []struct {
		by   Axis
		code string
		want []string
	}{
		{ByCountry, "FR", []string{"2019 of 4: 2 768, unknown unknown, unknown", "2018 of 5: 0 0, 1 0.000015, 0"}},
		{ByCountry, "US", []string{"2019 of 4: unknown unknown, unknown unknown, unknown", "2018 of 5: 0 0, 0 0, 1"}},
		{ByRegistry, "ripencc", []string{"2019 of 1: 2 768, 0 0, 0", "2018 of 1: 0 0, 1 0.000015, 0"}},
		{ByRegistry, "arin", []string{"2018 of 1: 0 0, 0 0, 1", "2017 of 1: 0 0, 0 0, 0"}},
	} {
		regions, err := view.Regions(t.Context(), c.by)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(regions, func(r *Region) bool { return r.Code == c.code })
		if i < 0 {
			t.Fatalf("%s has no region", c.code)
		}
		var got []string
		for _, y := range regions[i].Years {
			got = append(got, fmt.Sprintf("%d of %d: %s %s, %s %s, %s", y.Year, y.Registries, y.IPv4.Count(), y.IPv4.Amount(), y.IPv6.Count(), y.IPv6.Amount(), y.ASNs.Amount()))
		}
		if len(got) > maxYears || !slices.Equal(got[:2], c.want) {
			t.Errorf("%s: got %q, want %q first", c.code, got, c.want)
		}
	}
}
