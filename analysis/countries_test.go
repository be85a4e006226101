package analysis

import (
	"slices"
	"strings"
	"testing"

	"tidemark/datasets"
	"tidemark/internal/testkit/tables"
)

// TestCountryLeads: what the questions by country say of no row, of one, of two, and where nothing is known.
func TestCountryLeads(t *testing.T) {
	stat := func(family uint32, country string, ases, both, routes, unknown int64) datasets.CountryStat {
		return datasets.CountryStat{Time: january(2), Family: family, Registration: "as", Registry: "arin", Country: country, FileDate: "2020-01-01", RegistryFiles: 5,
			ASes: ases, ASesBoth: both, Prefixes: routes, Routes: routes, ValidRoutes: routes - unknown, UnknownRoutes: unknown, Span: float64(256 * routes), UnknownSpan: float64(256 * unknown)}
	}
	const none = "There are no data yet to answer this question."
	for name, c := range map[string]struct {
		rows                    []datasets.CountryStat
		countries, ipv6, states string
	}{
		"no row": {nil, none, none, none},
		"one family": {[]datasets.CountryStat{stat(4, "US", 2, 0, 4, 0)}, "networks registered under US originated the most IPv4 space, 100 %", "The data contain nothing that this question asks for.",
			"100 % of the IPv4 routes were valid under US"},
		"a country": {[]datasets.CountryStat{stat(4, "US", 2, 1, 4, 0), stat(6, "US", 1, 1, 1, 0)}, "networks registered under US originated the most IPv4 space, 100 %",
			"US had the most networks with IPv6: 50.0 % of those", "100 % of the IPv4 routes were valid under US"},
		"two countries": {[]datasets.CountryStat{stat(4, "US", 3, 1, 3, 1), stat(6, "US", 1, 1, 1, 0), stat(4, "DE", 1, 1, 1, 0), stat(6, "DE", 2, 1, 2, 0)},
			"networks registered under US originated the most IPv4 space, 75.0 %", "DE had the most networks with IPv6: 100 % of those", "How many IPv4 routes of 2 January 2020 were valid under US"},
		"nothing known": {[]datasets.CountryStat{stat(4, "unknown", 3, 1, 3, 3), stat(6, "unknown", 1, 1, 1, 1)}, "are registered is unknown",
			"Where the networks with IPv6 of 2 January 2020 are registered is unknown.", "Where the origins of the IPv4 routes of 2 January 2020 are registered is unknown."},
	} {
		t.Run(name, func(t *testing.T) {
			store := tables.Store(t)
			if len(c.rows) > 0 {
				write(t, store, datasets.CountryStats, "a", c.rows...)
			}
			for _, family := range []uint32{4, 6} {
				if slices.ContainsFunc(c.rows, func(r datasets.CountryStat) bool { return r.Family == family }) {
					write(t, store, datasets.RouteStates, string('a'+rune(family)), datasets.RouteState{Time: january(2), Family: family, Prefix: "192.0.2.0/24", Collectors: "rrc00"})
				}
			}
			for q, want := range map[*Question]string{countries: c.countries, countryIPv6: c.ipv6, countryROV: c.states} {
				if a := answered(t, store, q); !strings.Contains(a.Lead, want) {
					t.Errorf("%s: lead %q, want %q", q.Slug, a.Lead, want)
				}
			}
		})
	}
}
