package analysis

import (
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/internal/testkit/tables"
)

// TestDelegationsByCountry: delegations are counted once, in years that the files cover, and years are compared only where the files of
// the same registries cover both.
func TestDelegationsByCountry(t *testing.T) {
	day := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	given := func(registry, country, kind, start string, value int64, date time.Time) datasets.Delegation {
		return datasets.Delegation{FileDate: day(2020, 1, 5), Registry: registry, Country: country, Type: kind, Start: start, Value: value, Date: &date, Status: "allocated"}
	}
	us, de := given("arin", "US", "ipv4", "192.0.2.0", 256, day(2019, 5, 1)), given("arin", "DE", "ipv4", "198.51.100.0", 512, day(2019, 5, 1))
	before := given("arin", "US", "ipv4", "203.0.113.0", 128, day(2018, 5, 1))
	late := given("ripencc", "NL", "ipv4", "198.18.0.0", 4096, day(2018, 5, 1))
	late.FileDate = day(2018, 12, 31)
	thisYear := given("arin", "FR", "ipv4", "198.19.0.0", 4096, day(2020, 1, 4))
	none := given("arin", "", "ipv6", "2001:db8::", 33, day(2019, 7, 1))
	var others []datasets.Delegation // files of the other registries, with nothing of these years
	for _, registry := range []string{"afrinic", "apnic", "lacnic", "ripencc"} {
		others = append(others, given(registry, "ZZ", "asn", "64496", 1, day(1999, 1, 1)))
	}
	for name, c := range map[string]struct {
		rows  []datasets.Delegation
		lead  string
		sizes []string
	}{
		"no row":            {nil, "There are no data yet", nil},
		"one":               {[]datasets.Delegation{us}, "In 2019, US was delegated the most IPv4 space: 256 addresses.", []string{"2019 ipv4 US 1 unknown 256 0"}},
		"the year before":   {append(others, us, before), "In 2019, US was delegated the most IPv4 space: 256 addresses, 100.0 % more than in 2018.", []string{"2019 ipv4 US 1 1 256 128", "2018 ipv4 US 1 unknown 128 0"}},
		"other registries":  {[]datasets.Delegation{us, late}, "256 addresses.", []string{"2019 ipv4 US 1 unknown 256 unknown", "2018 ipv4 NL 1 unknown 4096 0"}},
		"shared place":      {[]datasets.Delegation{us, given("arin", "CA", "ipv4", "192.0.3.0", 256, day(2019, 6, 1))}, "In 2019, 2 countries shared first place by IPv4 space delegated.", []string{"2019 ipv4 CA 1 unknown 256 0", "2019 ipv4 US 1 unknown 256 0"}},
		"two":               {[]datasets.Delegation{us, de}, "In 2019, DE was delegated the most IPv4 space: 512 addresses.", []string{"2019 ipv4 DE 1 unknown 512 0", "2019 ipv4 US 2 unknown 256 0"}},
		"the current year":  {[]datasets.Delegation{thisYear}, "The files have no IPv4 space that was delegated to a country in 2019.", nil},
		"without a country": {[]datasets.Delegation{none}, "The files have no IPv4 space", []string{"2019 ipv6 unknown unknown unknown 0.5 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			store := tables.Store(t)
			for _, registry := range []string{"afrinic", "apnic", "arin", "lacnic", "ripencc"} {
				var own []datasets.Delegation
				for _, r := range c.rows {
					if r.Registry == registry {
						own = append(own, r)
					}
				}
				for _, file := range []string{registry, registry + "-joint"} { // which has the same once more
					if len(own) > 0 {
						write(t, store, datasets.Delegations, file, own...)
					}
				}
			}
			if a := answered(t, store, delegationsByCountry); !strings.Contains(a.Lead, c.lead) {
				t.Errorf("lead %q, want %q", a.Lead, c.lead)
			}
			if len(c.rows) == 0 {
				return
			}
			var got []string
			for _, r := range column(t, store, delegationsByCountry, "year", "resource", "country", "rank", "rank_before", "size", "size_before") {
				if fields := strings.Fields(r); fields[5] != "0" {
					got = append(got, r)
				}
			}
			checkColumn(t, "rows", got, c.sizes)
		})
	}
}

// TestRegistryPools: a range counts once that a joint file has too, whatever that calls its state; what is left only an extended file says.
func TestRegistryPools(t *testing.T) {
	store := tables.Store(t)
	line := func(registry, kind, start string, value int64, status, holder string) datasets.Delegation {
		return datasets.Delegation{FileDate: time.Date(2020, 1, 5, 0, 0, 0, 0, time.UTC), Registry: registry, Type: kind, Start: start, Value: value, Status: status, OpaqueID: holder}
	}
	write(t, store, datasets.Delegations, "arin", line("arin", "ipv4", "192.0.2.0", 256, "allocated", ""), line("arin", "ipv4", "198.51.100.0", 256, "assigned", ""),
		line("arin", "ipv6", "2001:db8::", 33, "allocated", ""))
	write(t, store, datasets.Delegations, "ripencc", line("ripencc", "ipv4", "203.0.113.0", 256, "allocated", "a"), line("ripencc", "ipv4", "198.18.0.0", 512, "available", ""),
		line("ripencc", "asn", "64496", 2, "reserved", ""))
	write(t, store, datasets.Delegations, "ripencc-joint", line("ripencc", "ipv4", "203.0.113.0", 256, "assigned", "b"), line("ripencc", "ipv4", "198.18.0.0", 512, "available", ""),
		line("ripencc", "asn", "64496", 2, "reserved", ""), line("ripencc", "asn", "64498", 3, "available", ""))
	checkColumn(t, "pools", column(t, store, registryPools, "registry", "resource", "delegated", "available", "reserved", "registries_known"), []string{
		"ripencc asn 0 3 2 1", "arin ipv4 512 unknown unknown 1", "ripencc ipv4 256 512 0 1", "arin ipv6 0.5 unknown unknown 0",
	})
}
