package pipeline

import (
	"context"
	"net/http"
	"net/http/httptest"
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
	"tidemark/pipeline/alert/sink"
	"tidemark/pipeline/journal"
)

// TestAnnounce: what a run raises is told when it begins and when its cause is gone, to a sink that was down as well; a silence is kept.
func TestAnnounce(t *testing.T) {
	var heard []string
	up := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !up {
			w.WriteHeader(http.StatusServiceUnavailable)
			w.Header().Set("Retry-After", "3600")
			return
		}
		heard = append(heard, r.Header.Get("webhook-id"))
	}))
	defer server.Close()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	p := open(t, Options{
		Sinks: map[string]sink.Settings{"noc": {Kind: "webhook", URL: sink.Secret(server.URL), Timeout: "5s"}, "feed": {Kind: "feed"}},
		Tell:  []string{"noc", "feed"}, Silences: []alert.Silence{{Kinds: []string{"changed"}}},
		Clock: func() time.Time { return now },
	})
	s, ctx, err := p.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.End(ctx)
	announce := func(active []journal.Alert, told int, trouble bool) {
		t.Helper()
		if _, err := s.Journal().Raise(active); err != nil {
			t.Fatal(err)
		}
		n, problems, err := s.announce(ctx, false, s.watched(ctx))
		if err != nil || n != told || len(problems) > 0 != trouble {
			t.Errorf("told %d, problems %v, %v; want %d", n, problems, err, told)
		}
	}
	silent := []journal.Alert{{ID: "silent:rrc00", Kind: "silent", Text: "source rrc00 is silent", At: now}, {ID: "changed:x", Kind: "changed", Text: "x changed", At: now}}
	announce(silent, 2, true)
	announce(silent, 0, true)
	up = true
	announce(silent, 0, false)
	now = now.Add(time.Hour)
	announce(nil, 2, false)
	announce(nil, 0, false)
	if len(heard) != 2 || !strings.HasSuffix(heard[0], "-begin") || heard[1] != strings.TrimSuffix(heard[0], "begin")+"end" {
		t.Errorf("the webhook heard %q", heard)
	}
	told := p.told()
	if len(told) != 1 || told[0].Watch != alert.OwnRule || len(told[0].Messages) != 2 || told[0].Messages[0].Title != "Over: silent: rrc00" {
		t.Errorf("the feed has %+v", told)
	}
}

// TestAnnounceWatched: what a rule finds is told once, and stays told while the data are not looked at.
func TestAnnounceWatched(t *testing.T) {
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	p := open(t, Options{
		Sinks:   map[string]sink.Settings{"feed": {Kind: "feed"}},
		Watches: []alert.Watch{{Rule: watch.Rule{Name: "ours", RFCs: []int{6052}}, Tell: []string{"feed"}}, {Rule: watch.Rule{Name: "others", RFCs: []int{1}}}},
		Clock:   func() time.Time { return day.Add(12 * time.Hour) },
	})
	s, ctx, err := p.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.End(ctx)
	tables.Commit(t, s.store, datasets.RFCEvents, table.Key{Day: day, Name: "x"},
		datasets.RFCEvent{After: day.AddDate(0, 0, -1), Until: day, Document: "RFC6052", Number: 6052, Kind: "status", Now: "internet standard", Concerns: []uint32{6052}},
		datasets.RFCEvent{After: day.AddDate(0, 0, -1), Until: day, Document: "RFC1", Number: 1, Kind: "status", Now: "historic", Concerns: []uint32{1}})
	for i, data := range []bool{false, true, false, true} {
		told, problems, err := s.announce(ctx, data, s.watched(ctx))
		if err != nil || len(problems) > 0 {
			t.Fatal(problems, err)
		}
		if i != 1 && told > 0 || i == 1 && told == 0 {
			t.Errorf("round %d, data looked at: %v: %d messages", i, data, told)
		}
	}
	told := p.told()
	if len(told) != 1 || told[0].Watch != "ours" {
		t.Fatalf("the feeds have %+v", told)
	}
	for _, m := range told[0].Messages {
		if !strings.Contains(m.Title+m.Text, "RFC 6052") {
			t.Errorf("a message of another document: %+v", m)
		}
	}
}

// TestWatchedOnce: those who are told and the site get the alerts of one look at the data.
func TestWatchedOnce(t *testing.T) {
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	p := open(t, Options{Watches: []alert.Watch{{Rule: watch.Rule{Name: "ours", RFCs: []int{6052}}, Tell: []string{"feed"}}, {Rule: watch.Rule{Name: "untold", RFCs: []int{6052}}}}})
	s, ctx, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer s.End(ctx)
	happens := func(day time.Time, now string) {
		tables.Commit(t, s.store, datasets.RFCEvents, table.Key{Day: day, Name: "x"}, datasets.RFCEvent{After: day.AddDate(0, 0, -1), Until: day, Document: "RFC6052", Number: 6052, Kind: "status", Now: now, Concerns: []uint32{6052}})
	}
	check := func(found watched, want int) {
		t.Helper()
		alerts, err := found()
		if err != nil || len(alerts) != want {
			t.Errorf("%d alerts, %v, want %d", len(alerts), err, want)
		}
		for _, a := range alerts {
			if a.Watch != "ours" {
				t.Errorf("an alert of %q, of which nobody is told, and which has no page", a.Watch)
			}
		}
	}
	happens(day, "internet standard")
	found := s.watched(ctx)
	check(found, 1)
	happens(day.AddDate(0, 0, 1), "historic")
	check(found, 1)
	check(s.watched(ctx), 2)
}

func TestAnnounceDamaged(t *testing.T) {
	p := open(t, Options{Sinks: map[string]sink.Settings{"feed": {Kind: "feed"}}, Tell: []string{"feed"}})
	path := filepath.Join(p.stateDir(), "alerts", "told.json")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	s, ctx, err := p.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer s.End(ctx)
	if _, _, err := s.announce(ctx, false, s.watched(ctx)); err != nil {
		t.Error(err)
	}
}
