package pipeline

import (
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
)

// TestMost: what sources take within a year, by age, by bytes of several kinds together, and for ever.
func TestMost(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	steady := func(kind string, days int) *forecast {
		f := &forecast{kind: kind, aDay: 10}
		for d := range days {
			f.files = append(f.files, held{fetched: now.AddDate(0, 0, -d), onDisk: 10})
		}
		return f
	}
	for _, c := range []struct {
		name      string
		forecasts []*forecast
		retention []archive.Retention
		want      float64
	}{
		{"for ever", []*forecast{steady("a", 1)}, nil, 10 + 3650},
		{"by age, as much as is there already", []*forecast{steady("a", 100)}, []archive.Retention{{Kinds: []string{"a"}, Age: 99 * 24 * time.Hour}}, 1000},
		{"by age, of a new source", []*forecast{steady("a", 1)}, []archive.Retention{{Kinds: []string{"a"}, Age: 90 * 24 * time.Hour}}, 10 + 900},
		{"by bytes of two kinds together", []*forecast{steady("a", 1), steady("b", 1)}, []archive.Retention{{Kinds: []string{"a", "b"}, Bytes: 500}}, 500},
		{"one kind has a rule", []*forecast{steady("a", 1), steady("b", 1)}, []archive.Retention{{Kinds: []string{"b"}, Bytes: 500}}, 3660 + 500},
		{"nothing new", []*forecast{{kind: "a", files: []held{{fetched: now, onDisk: 7}}}}, nil, 7},
	} {
		if got := most(c.forecasts, c.retention, now); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestNeed: the first file is not a measure, a backlog that a listing names is, and less than a day is unknown.
func TestNeed(t *testing.T) {
	now := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	from := collectors.Source{Name: "x", Kind: "k"}
	file := func(daysAgo int, bytes int64) archive.Raw {
		at := now.AddDate(0, 0, -daysAgo)
		return archive.Raw{Source: "x", Kind: "k", Name: "f", Day: at, Fetched: at, Bytes: bytes}
	}
	due := func(daysAgo int, bytes int64, newer bool) collectors.Item {
		return collectors.Item{Time: now.AddDate(0, 0, -daysAgo), Bytes: bytes, Newer: newer}
	}
	for _, c := range []struct {
		name  string
		files []archive.Raw
		due   []collectors.Item
		aDay  float64 // -1: unknown
	}{
		{"nothing", nil, nil, -1},
		{"since today", []archive.Raw{file(0, 100)}, nil, -1},
		{"once", []archive.Raw{file(20, 100)}, nil, 0},
		{"daily", []archive.Raw{file(2, 100), file(1, 100), file(0, 100)}, nil, 100},
		{"of old, and one last week", []archive.Raw{file(200, 100), file(7, 300)}, nil, 10},
		{"a backlog", nil, []collectors.Item{due(3, 50, false), due(2, 50, false), due(1, 50, false), due(0, 50, false)}, 50},
		{"a URL that is asked whether it has changed", []archive.Raw{file(20, 100)}, []collectors.Item{due(0, 100, true)}, 0},
	} {
		of, add := broughtBy([]collectors.Source{from}, now)
		for _, raw := range c.files {
			add(raw)
		}
		n, to := of[0].need(nil, c.due, now)
		switch {
		case c.aDay < 0:
			if n.BytesADay != nil || to != nil {
				t.Errorf("%s: %v", c.name, *n.BytesADay)
			}
		case n.BytesADay == nil || *n.BytesADay != c.aDay || to == nil:
			t.Errorf("%s: %+v, want %v a day", c.name, n, c.aDay)
		}
	}
}
