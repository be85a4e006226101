package analysis

import (
	"slices"
	"strings"
	"testing"

	"tidemark/datasets"
	"tidemark/internal/testkit/tables"
)

// TestIRRConsistency: what the answer says of no row, of one state, of two, and of a family without a dump; and where its series breaks.
func TestIRRConsistency(t *testing.T) {
	stat := func(day int, family uint32, source, state, rov string, routes int64) datasets.IRRStat {
		return datasets.IRRStat{Time: january(day), Family: family, Source: source, FileDate: "2020-01-01", State: state, ROVState: rov, Routes: routes}
	}
	for name, c := range map[string]struct {
		rows    []datasets.IRRStat
		lead    string
		prose   string
		answers []string // of all registries: time, state, routes and those that are ROV-valid and invalid
	}{
		"no row":  {nil, "There are no data yet", "", nil},
		"a state": {[]datasets.IRRStat{stat(2, 4, "", "none", "valid", 1), stat(2, 4, "RIPE", "none", "valid", 1)}, "On 2 January 2020, 0 % of the IPv4 routes", "0 had objects with other origins only", []string{"matching 0 0 0", "other-origin 0 0 0", "none 1 1 0", "unknown 0 0 0"}},
		"two": {[]datasets.IRRStat{stat(2, 4, "", "matching", "valid", 5), stat(2, 4, "", "matching", "invalid-length", 1), stat(2, 4, "", "other-origin", "invalid-origin", 2)}, "75.0 % of the IPv4 routes had a route object with their origin.",
			"2 had objects with other origins only. Objects and payloads agreed on 5 of them, and 1 had an object with their origin but were invalid", []string{"matching 6 5 1", "other-origin 2 0 2", "none 0 0 0", "unknown 0 0 0"}},
		"no dump": {[]datasets.IRRStat{stat(2, 4, "", "unknown", "valid", 3)}, "Whether route objects have the IPv4 routes of 2 January 2020 is unknown.", "", []string{"matching 0 0 0", "other-origin 0 0 0", "none 0 0 0", "unknown 3 3 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			store := tables.Store(t)
			if len(c.rows) > 0 {
				write(t, store, datasets.IRRStats, "a", c.rows...)
				write(t, store, datasets.RouteStates, "a", datasets.RouteState{Time: january(2), Family: 4, Prefix: "192.0.2.0/24", Collectors: "rrc00"})
			}
			a := answered(t, store, irrConsistency)
			if !strings.Contains(a.Lead, c.lead) || !strings.Contains(a.Text, c.prose) {
				t.Errorf("%q\n%q, want\n%q\n%q", a.Lead, a.Text, c.lead, c.prose)
			}
			if c.answers == nil {
				return
			}
			var all []string
			for _, r := range column(t, store, irrConsistency, "registry", "irr_state", "routes", "rov_valid", "rov_invalid") {
				if text, is := strings.CutPrefix(r, "all "); is {
					all = append(all, text)
				}
			}
			checkColumn(t, "states", all, c.answers)
		})
	}
	store := tables.Store(t)
	for _, day := range []int{2, 3} {
		write(t, store, datasets.RouteStates, string('a'+rune(day)), datasets.RouteState{Time: january(day), Family: 4, Prefix: "192.0.2.0/24", Collectors: "rrc00"})
	}
	write(t, store, datasets.IRRStats, "a", stat(2, 4, "", "matching", "valid", 5), stat(2, 4, "RIPE", "matching", "valid", 5), stat(3, 4, "", "matching", "valid", 6),
		stat(3, 4, "RIPE", "none", "valid", 6), stat(3, 4, "RADB", "matching", "valid", 6))
	var got []string
	for _, r := range column(t, store, irrConsistency, "hour", "break") {
		if !slices.Contains(got, r) {
			got = append(got, r)
		}
	}
	checkColumn(t, "breaks", got, []string{"IPv4, 2020-01-03 00:00 dumps of other registries of routes", "IPv4, RADB dumps of other registries of routes", "IPv4, RIPE dumps of other registries of routes", "IPv4, 2020-01-02 00:00 "})
}
