package schedule_test

import (
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/pipeline/schedule"
)

// TestClockThatWasWrongOnce: what a run learned at a time in the future keeps no source from being asked or from being silent.
func TestClockThatWasWrongOnce(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	wrong := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)
	state := &schedule.State{Sources: map[string]*schedule.Source{"vrps": {
		Asked: wrong, Alive: wrong, Have: wrong, Since: now.AddDate(0, -1, 0), Items: map[string]*schedule.Item{"u": {Tries: 3, Last: wrong}},
	}}}
	state.Disbelieve(now)
	known := state.Of("vrps")
	if !known.Asked.IsZero() || !known.Alive.IsZero() || !known.Have.IsZero() || !known.Items["u"].Last.IsZero() {
		t.Errorf("times of the future are believed: %+v", known)
	}
	if _, silent := known.Silent(collectors.Daily(), now); !silent {
		t.Error("a source that brought nothing for a month is not silent")
	}
}
