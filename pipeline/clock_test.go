package pipeline_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tidemark/pipeline"
)

// TestClockLeaps: a run long after the one before does nothing unless a person says that the clock is right, and a clock that goes back is
// as if it had never been wrong.
func TestClockLeaps(t *testing.T) {
	dir := t.TempDir()
	act := func(day string, trust bool, what func(context.Context, *pipeline.Session) error) error {
		t.Helper()
		now, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		p, err := pipeline.Open(pipeline.Options{Dir: dir, Clock: func() time.Time { return now }, TrustClock: trust})
		if err != nil {
			t.Fatal(err)
		}
		s, ctx, err := p.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		err = what(ctx, s)
		if _, e := s.End(ctx); e != nil {
			t.Fatal(e)
		}
		return err
	}
	run := func(ctx context.Context, s *pipeline.Session) error { _, err := s.Run(ctx); return err }
	var leap *pipeline.ClockError
	for _, step := range []struct {
		day         string
		trust, leap bool
	}{
		{"2026-11-25", false, false},
		{"2099-01-01", false, true},
		{"2099-01-02", false, true},
		{"2026-11-26", false, false},
		{"2027-01-20", false, false},
		{"2027-06-01", false, true},
		{"2027-06-01", true, false},
		{"2027-06-02", false, false},
	} {
		err := act(step.day, step.trust, run)
		if errors.As(err, &leap) != step.leap || err != nil && !step.leap {
			t.Errorf("%+v: %v", step, err)
		}
	}
	for _, step := range []struct {
		day         string
		trust, leap bool
	}{{"2027-06-03", false, false}, {"2028-01-01", false, true}, {"2028-01-01", true, false}, {"2028-01-02", false, false}} {
		err := act(step.day, step.trust, func(ctx context.Context, s *pipeline.Session) error { _, err := s.Collect(ctx); return err })
		if errors.As(err, &leap) != step.leap || err != nil && !step.leap {
			t.Errorf("collect: %+v: %v", step, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "site", "index.html")); err != nil {
		t.Error(err)
	}
}
