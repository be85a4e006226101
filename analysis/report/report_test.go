package report

import (
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestUpdatesOfAYear: the updates are those of the collector with the most days in the window, of the window's days only.
func TestUpdatesOfAYear(t *testing.T) {
	store := tables.Store(t)
	into := store.Begin(table.Input{Name: "raw/updates"})
	update := func(collector string, day time.Time, prefix string, n int64) {
		tables.Write(t, into, datasets.PrefixUpdates, table.Key{Day: day, Name: collector}, datasets.PrefixUpdate{Collector: collector, Day: day, Family: 4,
			Prefix: prefix, OriginASN: 64500, Peers: 1, Announcements: n, Withdrawals: 1, First: 1, Longer: n, Gap: 130, Events: 2, EventSeconds: 30, SingleEvents: 1})
	}
	last := time.Date(2024, 12, 20, 0, 0, 0, 0, time.UTC)
	update("rrc00", last, "192.0.2.0/24", 9)
	update("rrc00", last.AddDate(0, 0, -1), "198.51.100.0/24", 3)
	update("rrc00", last.AddDate(0, 0, -40), "198.51.100.0/24", 1000)
	update("rrc01", last, "192.0.2.0/24", 5000)
	if _, err := into.Commit(); err != nil {
		t.Fatal(err)
	}
	r, err := Make(t.Context(), store, 2024)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range r.Sections {
		switch s.Slug {
		case "updates":
			y := s.Years[0]
			if v := y.Rows[0].Values[2]; v == nil || *v != 6 || y.AsOf[2] != "2024-12-20" {
				t.Errorf("%v announcements a day as of %s, want 6 as of 2024-12-20; %s", v, y.AsOf[2], y.Basis)
			}
		case "days":
			if rows := s.Lists[0].Rows; len(rows) != 2 || rows[1][1] != "9" || rows[1][5] != "2" {
				t.Errorf("days: %v", rows)
			}
		case "busiest":
			if rows := s.Lists[0].Rows; len(rows) != 2 || rows[0][0] != "192.0.2.0/24" || rows[0][2] != "10" {
				t.Errorf("busiest prefixes: %v", rows)
			}
			if rows := s.Lists[1].Rows; len(rows) != 1 || rows[0][0] != "AS64500" {
				t.Errorf("busiest origins: %v", rows)
			}
		}
	}
}

// TestThinTable: an IPv6 table that is far too small beside that of IPv4 is left out, and the report says why.
func TestThinTable(t *testing.T) {
	key4, key6 := tableKey{4, "jinx", "rib"}, tableKey{6, "jinx", "rib"}
	at := time.Date(2014, 5, 30, 0, 0, 0, 0, time.UTC)
	for size, thin := range map[float64]bool{83: true, 17_000: false} {
		m := newMaker(nil, 2014)
		m.points[key4] = map[string][]Point{"prefixes": {{Time: at, Value: 496_164}}}
		m.points[key6] = map[string][]Point{"prefixes": {{Time: at, Value: size}}}
		m.leaveOutThin()
		if left := len(m.points[key6]["prefixes"]) == 0; left != thin || (m.thin != "") != thin {
			t.Errorf("%v prefixes: left out is %v, want %v; %q", size, left, thin, m.thin)
		}
	}
}

// TestDailyRates: a leak of a day is not growth.
func TestDailyRates(t *testing.T) {
	start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	var points []Point
	for day := range 120 {
		p := Point{Time: start.AddDate(0, 0, day), Value: 1000 + 10*float64(day)}
		if day == 60 {
			p.Value *= 5
		}
		points = append(points, p)
	}
	rates := dailyRates(points)
	if len(rates) < 60 {
		t.Fatalf("%d rates", len(rates))
	}
	for _, r := range rates {
		if r.Value < 8 || r.Value > 12 {
			t.Errorf("%s: %v a day, want about 10", r.Time.Format(time.DateOnly), r.Value)
		}
	}
}
