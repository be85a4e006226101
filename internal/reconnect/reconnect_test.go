package reconnect_test

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"testing"
	"time"

	"tidemark/internal/reconnect"
)

// TestRun: sessions go on until one ends for good, and one that has settled resets the number of failures.
func TestRun(t *testing.T) {
	full := errors.New("the disk is full")
	for _, c := range []struct {
		settled time.Duration
		want    []int
	}{{time.Hour, []int{0, 1, 2}}, {0, []int{0, 0, 0}}} {
		sessions := 0
		var failures []int
		err := reconnect.Run(t.Context(), c.settled, func() error {
			if sessions++; sessions == 4 {
				return errors.Join(io.EOF, &reconnect.FinalError{Err: full})
			}
			return io.EOF
		}, func(n int, err error) time.Duration {
			if err != io.EOF {
				t.Errorf("%v, want %v", err, io.EOF)
			}
			failures = append(failures, n)
			return 0
		})
		if err != full || !slices.Equal(failures, c.want) {
			t.Errorf("%v after failures %v, want %v after %v", err, failures, full, c.want)
		}
	}
}

// TestRunEnds: it returns nil when the context ends, in a session or while it waits.
func TestRunEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	if err := reconnect.Run(ctx, time.Hour, func() error { return io.EOF }, func(int, error) time.Duration { cancel(); return math.MaxInt64 }); err != nil {
		t.Error(err)
	}
	if err := reconnect.Run(ctx, time.Hour, func() error { return ctx.Err() }, nil); err != nil {
		t.Error(err)
	}
}

// TestBackoff: it doubles up to its limit.
func TestBackoff(t *testing.T) {
	for failures, want := range map[int]time.Duration{0: time.Second, 1: 2 * time.Second, 4: 16 * time.Second, 9: 5 * time.Minute, math.MaxInt: 5 * time.Minute} {
		if got := reconnect.Backoff(time.Second, 5*time.Minute, failures); got != want {
			t.Errorf("after %d failures %s, want %s", failures, got, want)
		}
	}
}
