package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/pipeline/journal"
)

func TestDecide(t *testing.T) {
	monthly, err := collectors.ParseCadence("monthly")
	if err != nil {
		t.Fatal(err)
	}
	whenNew := collectors.Cadence{}
	day := func(month time.Month) time.Time { return time.Date(2024, month, 15, 6, 0, 0, 0, time.UTC) }
	for _, test := range []struct {
		name    string
		changed bool
		last    time.Time
		every   collectors.Cadence
		now     time.Time
		want    steps
	}{
		{"nothing is new", false, day(1), whenNew, day(1), steps{clear: true, render: eventful}},
		{"nothing is new, on a schedule", false, day(1), monthly, day(3), steps{clear: true, render: never}},
		{"something is new", true, day(1), whenNew, day(1), steps{analyse: true, clear: true, render: always}},
		{"the first run", true, time.Time{}, monthly, day(1), steps{analyse: true, clear: true, render: always}},
		{"too early to publish", true, day(1), monthly, day(1).AddDate(0, 0, 1), steps{postponed: true, render: never}},
		{"time to publish", true, day(1), monthly, day(2), steps{analyse: true, clear: true, render: always}},
	} {
		if got := decide(test.changed, test.last, test.every, test.now); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestRenders(t *testing.T) {
	for _, test := range []struct {
		render      rendering
		quiet, want bool
	}{{always, true, true}, {always, false, true}, {eventful, true, false}, {eventful, false, true}, {never, true, false}, {never, false, false}} {
		if got := (steps{render: test.render}).renders(test.quiet); got != test.want {
			t.Errorf("render %d, quiet %v: %v, want %v", test.render, test.quiet, got, test.want)
		}
	}
}

// TestFailedRender: a run whose rendering fails is recorded as failed only, and the next one as whatever it is.
func TestFailedRender(t *testing.T) {
	p := open(t, Options{})
	if err := os.WriteFile(filepath.Join(p.options.Dir, "site-versions"), nil, 0o644); err != nil { // where a folder should be
		t.Fatal(err)
	}
	run := func() (journal.Run, error) {
		t.Helper()
		s, ctx, err := p.Begin(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		defer s.End(ctx)
		r, err := s.Run(ctx)
		return *r.Run, err
	}
	if r, err := run(); err == nil || r.Outcome != journal.Failed {
		t.Fatalf("outcome %s, %v", r.Outcome, err)
	}
	lines, err := filepath.Glob(filepath.Join(p.stateDir(), "runs", "*.jsonl"))
	if err != nil || len(lines) != 1 {
		t.Fatalf("journals %v, %v", lines, err)
	}
	b, err := os.ReadFile(lines[0])
	if err != nil {
		t.Fatal(err)
	}
	kept, err := p.Journal().Runs(0)
	if err != nil || len(kept) != 1 || kept[0].Outcome != journal.Failed || len(b) == 0 || countLines(b) != 1 {
		t.Errorf("the journal has %s, %v", b, err)
	}
	if err := os.Remove(filepath.Join(p.options.Dir, "site-versions")); err != nil {
		t.Fatal(err)
	}
	if r, err := run(); err != nil || r.Outcome != journal.Done {
		t.Errorf("the next run: outcome %s, %v", r.Outcome, err)
	}
}

func countLines(b []byte) (n int) {
	for _, c := range b {
		if c == '\n' {
			n++
		}
	}
	return n
}
