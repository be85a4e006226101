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
		n, problems, err := s.announce(ctx)
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
	if len(told) != 1 || told[0].Watch != ownRule || len(told[0].Messages) != 2 || told[0].Messages[0].Title != "Over: silent: rrc00" {
		t.Errorf("the feed has %+v", told)
	}
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
	if _, _, err := s.announce(ctx); err != nil {
		t.Error(err)
	}
}
