package derive_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tidemark/analysis/derive"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/netaddr"
	"tidemark/internal/testkit/tables"

	"net/netip"
)

// TestIRRStats compares the counts with those of a program that looks at every object for every route, over dumps of several days.
func TestIRRStats(t *testing.T) {
	hour := time.Date(2020, 1, 20, 8, 0, 0, 0, time.UTC)
	random := rand.New(rand.NewPCG(7, 30))
	prefix := func() netip.Prefix {
		bits := 22 + random.IntN(3)
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, byte(random.IntN(32)), 0}), bits).Masked()
	}
	var states []datasets.RouteState
	for range 300 {
		p := prefix()
		row := stateOf(p.String(), uint32(random.IntN(5)), []string{"valid", "not-found", "invalid-origin"}[random.IntN(3)])
		row.Time, row.OriginSet = hour, []string{"", "7 8"}[random.IntN(2)]
		if row.OriginASN != 0 {
			row.OriginSet = ""
		}
		if random.IntN(10) == 0 {
			row.LeftOut = "more specific than /24"
		}
		if random.IntN(10) == 0 {
			row.BogonClass = "listed"
		}
		states = append(states, row)
	}
	states = append(states, stateOf("2001:db8::/32", 1, "valid"))
	slices.SortStableFunc(states, func(a, b datasets.RouteState) int {
		return netaddr.ComparePrefixes(netip.MustParsePrefix(a.Prefix), netip.MustParsePrefix(b.Prefix))
	})
	store := tables.Store(t)
	tables.Commit(t, store, datasets.RouteStates, table.Key{Day: hour, Name: "2020-01-20T08"}, states...)
	newest := map[string]int{"RIPE": 0, "RADB": -2, "ALTDB": -1} // days; of RADB there is an older dump too
	var objects []datasets.IRRRoute
	dump := func(day int, sources ...string) {
		var rows []datasets.IRRRoute
		for range 100 {
			p := prefix()
			o := datasets.IRRRoute{FileDate: hour.Truncate(24*time.Hour).AddDate(0, 0, day), Source: sources[random.IntN(len(sources))], Family: 4, Prefix: p.String(), PrefixLength: uint32(p.Bits()), OriginASN: uint32(1 + random.IntN(4))}
			rows = append(rows, o)
			if newest[o.Source] == day {
				objects = append(objects, o)
			}
		}
		tables.Commit(t, store, datasets.IRRRoutes, table.Key{Day: hour.Truncate(24*time.Hour).AddDate(0, 0, day), Name: fmt.Sprint(sources[0], day)}, rows...)
	}
	dump(0, "RIPE")
	dump(-1, "ALTDB", "RIPE")
	dump(-2, "RADB", "RIPE")
	dump(-3, "RADB")
	dump(-30, "ARIN") // too old
	dump(1, "LACNIC") // too late
	jobs, err := derive.IRRStats.Plan(store)
	if err != nil || len(jobs) != 1 || len(jobs[0].Inputs) != 5 {
		t.Fatalf("jobs %+v, %v", jobs, err)
	}
	if err := jobs[0].Make(t.Context(), store); err != nil {
		t.Fatal(err)
	}
	want := map[string]int64{}
	for _, r := range states {
		if r.LeftOut != "" || r.BogonClass == "listed" {
			continue
		}
		for _, source := range []string{"", "RIPE", "RADB", "ALTDB"} {
			if r.Family == 6 && source != "" {
				continue
			}
			state := "none"
			for _, o := range objects {
				switch {
				case o.Prefix != r.Prefix || source != "" && o.Source != source:
				case o.OriginASN == r.OriginASN:
					state = "matching"
				case state == "none":
					state = "other-origin"
				}
			}
			if r.Family == 6 || r.OriginASN == 0 && r.OriginSet == "" {
				state = "unknown"
			}
			want[fmt.Sprintln(r.Family, source, state, r.ROVState)]++
		}
	}
	got := map[string]int64{}
	dates := map[string]string{"": "2020-01-18,2020-01-19,2020-01-20", "RIPE": "2020-01-20", "RADB": "2020-01-18", "ALTDB": "2020-01-19"}
	for _, row := range all(t, store, datasets.IRRStats) {
		got[fmt.Sprintln(row.Family, row.Source, row.State, row.ROVState)] = row.Routes
		if date := dates[row.Source]; row.Family == 4 && row.FileDate != date || row.Family == 6 && row.FileDate != "" {
			t.Errorf("IPv%d of %q is by dumps of %q, want %q", row.Family, row.Source, row.FileDate, date)
		}
	}
	for key, n := range want {
		if got[key] != n {
			t.Errorf("%d routes of %swant %d", got[key], key, n)
		}
	}
	if len(got) != len(want) || len(want) < 20 {
		t.Errorf("%d pairs of states, want %d", len(got), len(want))
	}
}

// TestNoIRRDump: an hour without a recent dump has no partition.
func TestNoIRRDump(t *testing.T) {
	store := tables.Store(t)
	hour := time.Date(2020, 1, 20, 8, 0, 0, 0, time.UTC)
	tables.Commit(t, store, datasets.RouteStates, table.Key{Day: hour, Name: "2020-01-20T08"}, stateOf("192.0.2.0/24", 1, "valid"))
	tables.Commit(t, store, datasets.IRRRoutes, table.Key{Day: hour.AddDate(0, 0, -9), Name: "ripe"}, datasets.IRRRoute{FileDate: hour.AddDate(0, 0, -9), Source: "RIPE", Family: 4, Prefix: "192.0.2.0/24", OriginASN: 1})
	if jobs, err := derive.IRRStats.Plan(store); err != nil || len(jobs) != 0 {
		t.Errorf("jobs %+v, %v", jobs, err)
	}
}
