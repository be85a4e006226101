package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/watch"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
	"tidemark/pipeline/alert"
)

// TestIncidents: the site has a page for each alert about a route, at the address that the alert names, and none for other alerts.
func TestIncidents(t *testing.T) {
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	rule := watch.Rule{Name: "ours", Prefixes: []string{"192.0.2.0/23"}, Origins: []uint32{64496}}
	if err := rule.Check(); err != nil {
		t.Fatal(err)
	}
	p := open(t, Options{Watches: []alert.Watch{{Rule: rule}, {Rule: watch.Rule{Name: "documents", RFCs: []int{6052}}}}, Clock: func() time.Time { return day.Add(36 * time.Hour) }})
	s, ctx, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.End(ctx)
	feeds, total := int64(4), int64(10)
	for hour := 0; hour < 24; hour += 8 {
		at := day.Add(time.Duration(hour) * time.Hour)
		row := datasets.RouteState{Time: at, Collectors: "rrc00", Family: 4, Prefix: "192.0.2.0/23", PrefixLength: 23, OriginASN: 64496, FullFeedPeers: &total, FullFeedTotal: &total, ROVState: "valid"}
		rows := []datasets.RouteState{row}
		if hour == 8 {
			row.Prefix, row.PrefixLength, row.OriginASN, row.FullFeedPeers, row.ROVState = "192.0.2.0/24", 24, 64511, &feeds, "invalid-origin"
			rows = append(rows, row)
		}
		tables.Commit(t, s.store, datasets.RouteStates, table.Key{Day: day, Name: at.Format("2006-01-02T15")}, rows...)
	}
	incidents, err := s.incidents(ctx, s.watched(ctx))
	if err != nil || len(incidents) == 0 {
		t.Fatalf("%d incidents, %v", len(incidents), err)
	}
	if _, err := s.Render(ctx); err != nil {
		t.Fatal(err)
	}
	for _, in := range incidents {
		page, err := os.ReadFile(filepath.Join(p.SiteDir(), filepath.FromSlash(in.Alert.Page)))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"192.0.2.0/23 was announced by AS64496, and 1 prefix inside it by AS64511", "how many full feeds carried it at most (UTC)", ">4 of 10<", "invalid origin"} {
			if !strings.Contains(string(page), want) {
				t.Errorf("%s lacks %q", in.Alert.Page, want)
			}
		}
	}
}
