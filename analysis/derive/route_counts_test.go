package derive_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tidemark/analysis/derive"
	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// counted commits an hour of route_states, and counts it.
func counted(t *testing.T, states ...datasets.RouteState) *table.Store {
	t.Helper()
	store := tables.Store(t)
	hour := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range states {
		states[i].Time = hour
	}
	tables.Commit(t, store, datasets.RouteStates, table.Key{Day: hour, Name: "2020-01-01T00"}, states...)
	if _, err := derive.Run(t.Context(), store, []derive.Derivation{derive.RouteCounts}); err != nil {
		t.Fatal(err)
	}
	return store
}

func TestRouteCounts(t *testing.T) {
	invalid := stateOf("192.0.2.0/24", 1, "invalid-length")
	invalid.RescuedBy, invalid.Collectors, invalid.ROADate, invalid.ROVReason = "192.0.0.0/16", "rrc01", "2019-12-31", "192.0.0.0/16-16 AS1"
	unknown := stateOf("2001:db8::/32", 1, "unknown")
	unknown.ROVReason, unknown.SpecialDate, unknown.Collectors = "no payloads", "2019-12-30", "rrc00"
	valid := stateOf("198.51.100.0/24", 1, "valid")
	valid.Collectors = "rrc00,rrc02"
	store := counted(t, invalid, valid, valid, unknown)

	var got []string
	for _, c := range all(t, store, datasets.RouteCounts) {
		got = append(got, fmt.Sprintf("%d %s %q %v %d", c.Family, c.ROVState, c.Because, c.Rescued, c.Routes))
	}
	if want := []string{`4 invalid-length "" true 1`, `4 valid "" false 2`, `6 unknown "no payloads" false 1`}; !slices.Equal(got, want) {
		t.Errorf("counts are\n%q, want\n%q", got, want)
	}
	got = nil
	for _, h := range all(t, store, datasets.RouteHours) {
		got = append(got, fmt.Sprintf("%d %s %d %q %q", h.Family, h.Collectors, h.Routes, h.SpecialDate, h.ROADate))
	}
	if want := []string{`4 rrc00,rrc01,rrc02 3 "" "2019-12-31"`, `6 rrc00 1 "2019-12-30" ""`}; !slices.Equal(got, want) {
		t.Errorf("hours are\n%q, want\n%q", got, want)
	}
}

// TestTranslationRoutes: routes equal to a block or inside it, and neither beside it nor around it.
func TestTranslationRoutes(t *testing.T) {
	var states []datasets.RouteState
	for _, prefix := range []string{
		"100.63.0.0/16", "100.64.0.0/10", "100.64.0.0/9", "100.127.255.0/24", "100.128.0.0/16", "0.0.0.0/0",
		"64:ff9b::/32", "64:ff9b::/96", "64:ff9b::102:300/120", "64:ff9b::1:0:0/96", "64:ff9b:1::/48", "64:ff9b:1:fffe::/64", "64:ff9b:2::/48", "::/0",
	} {
		states = append(states, stateOf(prefix, 1, "unknown"))
	}
	var got []string
	for _, r := range all(t, counted(t, states...), datasets.TranslationRoutes) {
		got = append(got, r.Block+" "+r.Prefix)
	}
	if want := []string{
		"100.64.0.0/10 100.64.0.0/10", "100.64.0.0/10 100.127.255.0/24", "64:ff9b::/96 64:ff9b::/96", "64:ff9b::/96 64:ff9b::102:300/120",
		"64:ff9b:1::/48 64:ff9b:1::/48", "64:ff9b:1::/48 64:ff9b:1:fffe::/64",
	}; !slices.Equal(got, want) {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}

// TestRouteCountsAgainstSQL compares the counts of random routes with those of SQL over route_states.
func TestRouteCountsAgainstSQL(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(of ...string) string { return of[random.IntN(len(of))] }
	var states []datasets.RouteState
	for i := range 5000 {
		s := stateOf(fmt.Sprintf("10.%d.%d.0/24", i>>8, i&255), 1, pick("valid", "invalid-origin", "invalid-length", "not-found", "unknown"))
		s.Collectors, s.LeftOut, s.Verdict, s.BogonClass = pick("a", "a,b", "c"), pick("", "", "default-route"), pick("global", "low", "unknown"), pick("none", "unknown", "listed")
		s.ROVReason, s.RescuedBy, s.MOAS = pick("no payloads", "too old"), pick("", "10.0.0.0/8"), random.IntN(2) == 0
		s.NewlySeen, s.OriginsBefore = pick("yes", "no", "unknown"), pick("", "7", "7,8")
		states = append(states, s)
	}
	e, err := engine.Open(counted(t, states...), datasets.All(), engine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	const slow = `SELECT time, family, left_out, bogon_class, verdict, rov_state, if(rov_state = 'unknown', rov_reason, '') AS rov_unknown_because, rov_rescued_by <> '' AS rov_rescued,
		CASE WHEN newly_seen <> 'yes' THEN newly_seen WHEN origins_before = '' THEN 'new prefix' WHEN moas THEN 'one more origin' ELSE 'another origin' END AS change, count(*) AS routes
		FROM route_states GROUP BY ALL`
	for what, query := range map[string]string{
		"missing":   "SELECT * FROM (" + slow + ") EXCEPT SELECT * FROM route_counts",
		"too many":  "SELECT * FROM route_counts EXCEPT SELECT * FROM (" + slow + ")",
		"repeated":  "SELECT * FROM route_counts GROUP BY ALL HAVING count(*) > 1",
		"other sum": "SELECT 1 WHERE (SELECT sum(routes) FROM route_counts) <> (SELECT count(*) FROM route_states) OR (SELECT count(*) FROM route_counts) < 500",
	} {
		if r, err := e.Query(t.Context(), query); err != nil {
			t.Fatal(err)
		} else if len(r.Rows) > 0 {
			t.Errorf("%s: %v", what, r.Rows)
		}
	}
}
