package schedule_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/internal/fault"
	"tidemark/internal/fetch"
	"tidemark/pipeline/schedule"
)

// hostile is a model whose source holds, or ends, whoever asks it or fetches from it.
type hostile struct {
	model
	due, fetch func(context.Context)
	cut        error // that comes with a fetch that is cut off
}

func (h *hostile) Due(ctx context.Context, from collectors.Source, now time.Time, keep *archive.Archive) ([]collectors.Item, error) {
	due, err := h.model.Due(ctx, from, now, keep)
	if h.due != nil {
		h.due(ctx)
	}
	return due, errors.Join(err, context.Cause(ctx))
}

func (h *hostile) Fetch(ctx context.Context, from collectors.Source, item collectors.Item, keep *archive.Archive) (collectors.Fetched, error) {
	if h.fetch != nil {
		h.fetch(ctx)
	}
	if ctx.Err() != nil {
		return collectors.Fetched{}, errors.Join(context.Cause(ctx), h.cut)
	}
	return h.model.Fetch(ctx, from, item, keep)
}

func holds(ctx context.Context) { <-ctx.Done() }

func faulty(context.Context) { panic("a fault") }

// among runs a hostile source beside a healthy one on another host, and returns what became of both.
func among(t *testing.T, h *hostile, budget schedule.Budget) (bad, good schedule.Result, state *schedule.State) {
	t.Helper()
	h.items = []collectors.Item{{URL: "https://bad.example/1", Name: "1", Time: noon.Add(-time.Hour)}, {URL: "https://bad.example/2", Name: "2", Time: noon}}
	healthy := &model{items: []collectors.Item{item("good", noon)}}
	w := newWorld(t, "daily", healthy)
	w.tasks = append([]schedule.Task{{Source: collectors.Source{Name: "bad", Kind: "model"}, Collector: h}}, w.tasks...)
	begun := time.Now()
	plan, err := schedule.Plan(t.Context(), w.tasks, w.state, budget, w.now, w.keep, false)
	if err != nil {
		t.Fatal(err)
	}
	results, err := schedule.Run(t.Context(), plan, w.state, budget, func() time.Time { return w.now }, w.keep)
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("the run took %s", took)
	}
	if results[1].New != 1 {
		t.Errorf("the healthy source: %+v, want its file", results[1])
	}
	return results[0], results[1], w.state
}

// TestHeld: a source that never says what is due, or a host that never gives what it has, costs its own share of the time.
func TestHeld(t *testing.T) {
	bad, _, state := among(t, &hostile{due: holds}, schedule.Budget{Planning: 50 * time.Millisecond})
	if bad.Err() == nil || !strings.Contains(bad.Err().Error(), "fetch.planning") || bad.New != 2 || state.Of("bad").Failures == 0 {
		t.Errorf("held while planning: %+v, want what it said and a failure", bad)
	}
	if bad, _, _ = among(t, &hostile{due: holds}, schedule.Budget{Time: 2 * time.Second}); bad.Err() == nil {
		t.Errorf("a quarter of the time: %+v, want a failure", bad)
	}
	for name, budget := range map[string]schedule.Budget{
		"its share of the time": {Host: 50 * time.Millisecond},
		"all of the time":       {Time: time.Second},
		"both":                  {Time: time.Second, Host: time.Hour},
	} {
		bad, _, state = among(t, &hostile{fetch: holds}, budget)
		if bad.Failed != 1 || bad.Left != 1 || state.Of("bad").Failures == 0 || !strings.Contains(bad.Err().Error(), "in vain") {
			t.Errorf("held while fetching for %s: %+v, want one file failed and one left", name, bad)
		}
	}
}

// TestCutOff: a file that is cut off and made progress, or had little of its host's time, is left to the next run.
func TestCutOff(t *testing.T) {
	h := &hostile{fetch: holds, cut: fetch.ErrBegun}
	if bad, _, _ := among(t, h, schedule.Budget{Host: 50 * time.Millisecond}); bad.Failed != 0 || bad.Left != 2 {
		t.Errorf("in the midst of a transfer: %+v, want two files left", bad)
	}
	first := true
	h = &hostile{fetch: func(ctx context.Context) {
		if first {
			first = false
			time.Sleep(600 * time.Millisecond)
			return
		}
		<-ctx.Done()
	}}
	if bad, _, _ := among(t, h, schedule.Budget{Host: time.Second}); bad.Failed != 0 || bad.New != 1 || bad.Left != 1 {
		t.Errorf("with little time: %+v, want one file, and one left", bad)
	}
}

// TestFault: a panic while a source is asked, or a file is fetched, is that source's error.
func TestFault(t *testing.T) {
	for name, h := range map[string]*hostile{"planning": {due: faulty}, "fetching": {fetch: faulty}} {
		bad, _, state := among(t, h, schedule.Budget{})
		var f *fault.Error
		if err := bad.Err(); !errors.As(err, &f) || !strings.Contains(string(f.Stack), "faulty") || !state.Of("bad").Fault {
			t.Errorf("%s: %v, want the fault with its stack, and remembered", name, err)
		}
	}
}

// TestUnasked: a source that no run came to ask is silent after three periods.
func TestUnasked(t *testing.T) {
	w := newWorld(t, "daily", &model{})
	w.state.Meet(w.tasks, noon)
	w.state.Meet(w.tasks, noon.AddDate(0, 0, 2)) // met before
	for days, want := range map[int]bool{3: false, 4: true} {
		if since, silent := w.state.Of("s0").Silent(w.tasks[0].Source.Every, noon.AddDate(0, 0, days)); silent != want || !since.Equal(noon) {
			t.Errorf("after %d days: silent %v since %s", days, silent, since)
		}
	}
}
