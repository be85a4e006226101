package alert_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/watch"
	"tidemark/pipeline/alert"
)

var (
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	hasty = alert.Patience{Pause: time.Millisecond, Sink: time.Minute}
)

func hours(n float64) time.Time { return noon.Add(time.Duration(n * float64(time.Hour))) }

// one returns an alert about a subject, over at the given hour unless that is negative.
func one(subject string, from, gone float64) watch.Alert {
	a := watch.Alert{ID: fmt.Sprintf("%s@%g", subject, from), Watch: "w", Kind: "k", Severity: "critical", Subject: subject, Text: "t", SeenFrom: hours(from), LastSeen: hours(from)}
	if gone >= 0 {
		t := hours(gone)
		a.GoneBy = &t
		a.LastSeen = t
	}
	return a
}

func over(subject string, from, gone float64) watch.Alert { return one(subject, from, gone) }
func still(subject string, from float64) watch.Alert      { return one(subject, from, -1) }

// list is a sink that lists what it is sent.
type list struct {
	sent []string
	errs []error // of the next calls
}

func (l *list) Send(_ context.Context, m alert.Message) error {
	if len(l.errs) > 0 {
		err := l.errs[0]
		l.errs = l.errs[1:]
		if err != nil {
			return err
		}
	}
	l.sent = append(l.sent, m.ID)
	return nil
}

func open(t *testing.T, dir string) *alert.Book {
	t.Helper()
	b, err := alert.Open(dir, "https://example.net", slog.New(slog.DiscardHandler))
	check(t, err)
	return b
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestTold: each run finds all anew; what it tells is new.
func TestTold(t *testing.T) {
	type run struct {
		at    float64 // hours
		found []watch.Alert
		want  string
	}
	maintained := alert.Rule{Silences: []alert.Silence{{From: hours(0), Until: hours(4)}}}
	for name, c := range map[string]struct {
		rule alert.Rule
		runs []run
	}{
		"once": {runs: []run{
			{1, []watch.Alert{still("x", 0)}, "x@0-begin"},
			{2, []watch.Alert{still("x", 0)}, ""},
			{3, []watch.Alert{over("x", 0, 2)}, "x@0-end"},
			{4, []watch.Alert{over("x", 0, 2)}, ""},
			{24 * 30, []watch.Alert{over("x", 0, 2)}, ""},
			{24 * 31, []watch.Alert{over("x", 0, 2)}, ""},
		}},
		"over before it is found": {runs: []run{{5, []watch.Alert{over("x", 0, 2)}, "x@0-begin x@0-end"}}},
		"a backlog is not news": {runs: []run{
			{24 * 365, []watch.Alert{over("x", 0, 2), over("x", 500, 502), still("y", 0)}, "y@0-begin"},
			{24 * 365, []watch.Alert{over("x", 0, 2), over("x", 500, 502), still("y", 0)}, ""},
		}},
		"found no longer": {runs: []run{{1, []watch.Alert{still("x", 0)}, "x@0-begin"}, {2, nil, "x@0-end"}, {3, nil, ""}}},
		"an end stays one": {runs: []run{
			{1, []watch.Alert{over("x", 0, 1)}, "x@0-begin x@0-end"},
			{2, []watch.Alert{still("x", 0)}, ""},
		}},
		"flapping": {runs: []run{
			{1, []watch.Alert{over("x", 0, 1)}, "x@0-begin x@0-end"},
			{2, []watch.Alert{over("x", 0, 1), still("x", 2)}, "x@0-again-2"},
			{3, []watch.Alert{over("x", 0, 1), over("x", 2, 3)}, ""},
			{4, []watch.Alert{over("x", 0, 1), over("x", 2, 3), still("x", 4)}, ""},
			{5, []watch.Alert{over("x", 0, 1), over("x", 2, 3), over("x", 4, 5)}, ""},
			{28, []watch.Alert{over("x", 0, 1), over("x", 2, 3), over("x", 4, 5)}, ""},
			{30, []watch.Alert{over("x", 0, 1), over("x", 2, 3), over("x", 4, 5)}, "x@0-end-3"},
			{60, []watch.Alert{over("x", 0, 1), over("x", 2, 3), over("x", 4, 5), still("x", 59)}, "x@59-begin"},
		}},
		"a day later it is another": {runs: []run{
			{1, []watch.Alert{over("x", 0, 1)}, "x@0-begin x@0-end"},
			{27, []watch.Alert{over("x", 0, 1), over("x", 26, 27)}, "x@26-begin x@26-end"},
		}},
		"flapping for an hour only": {rule: alert.Rule{Flapping: time.Hour}, runs: []run{
			{9, []watch.Alert{over("x", 0, 1), over("x", 3, 4)}, "x@0-begin x@0-end x@3-begin x@3-end"},
		}},
		"it began earlier than was known": {runs: []run{
			{3, []watch.Alert{still("x", 2)}, "x@2-begin"},
			{4, []watch.Alert{still("x", 1)}, ""},
			{5, []watch.Alert{over("x", 1, 5)}, "x@2-end"},
		}},
		"maintenance": {rule: maintained, runs: []run{
			{2, []watch.Alert{still("x", 1), still("y", 1)}, ""},
			{3, []watch.Alert{over("x", 1, 2), still("y", 1)}, ""},
			{6, []watch.Alert{over("x", 1, 2), one("y", 1, 5)}, "y@1-begin y@1-end"},
		}},
		"an end during maintenance": {rule: maintained, runs: []run{
			{0, []watch.Alert{still("x", -1)}, "x@-1-begin"},
			{2, []watch.Alert{over("x", -1, 2)}, "x@-1-end"},
		}},
		"silence": {rule: alert.Rule{Silences: []alert.Silence{{Kinds: []string{"k"}, Subjects: []string{"192.0.2.*"}}}}, runs: []run{
			{1, []watch.Alert{still("192.0.2.0/24 AS1", 0), still("198.51.100.0/24 AS1", 0)}, "198.51.100.0/24 AS1@0-begin"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			dir, sink := t.TempDir(), new(list)
			c.rule.Name, c.rule.Tell = "w", []string{"s"}
			for _, r := range c.runs {
				b := open(t, dir)
				sink.sent = nil
				n, err := b.Update([]alert.Rule{c.rule}, map[string][]watch.Alert{"w": r.found}, hours(r.at))
				check(t, err)
				if f := b.Deliver(t.Context(), map[string]alert.Sink{"s": sink}, hasty); len(f) > 0 {
					t.Fatal(f)
				}
				if got := strings.Join(sink.sent, " "); got != r.want || n != len(sink.sent) {
					t.Errorf("at %g hours: told %q, %d messages, want %q", r.at, got, n, r.want)
				}
			}
		})
	}
}

// TestRules: a rule that is not evaluated keeps its alerts, one that is gone ends them, and a sink that is added is told of what is open.
func TestRules(t *testing.T) {
	b := open(t, t.TempDir())
	sinks := map[string]*list{"s": {}, "new": {}}
	step := func(rules []alert.Rule, found map[string][]watch.Alert, want string) {
		t.Helper()
		_, err := b.Update(rules, found, hours(1))
		check(t, err)
		b.Deliver(t.Context(), map[string]alert.Sink{"s": sinks["s"], "new": sinks["new"]}, hasty)
		got := fmt.Sprint(sinks["s"].sent, sinks["new"].sent)
		if got != want {
			t.Errorf("told %s, want %s", got, want)
		}
		sinks["s"].sent, sinks["new"].sent = nil, nil
	}
	first, second := alert.Rule{Name: "w", Tell: []string{"s"}}, alert.Rule{Name: "w", Tell: []string{"s", "new"}}
	step([]alert.Rule{first}, map[string][]watch.Alert{"w": {still("x", 0)}}, "[x@0-begin] []")
	step([]alert.Rule{first}, nil, "[] []")
	step([]alert.Rule{second}, nil, "[] [x@0-begin]")
	step(nil, nil, "[x@0-end] [x@0-end]")
	step(nil, nil, "[] []")
}

// TestDown: a sink that is down keeps its order and does not hold up another; one message that is refused does not hold up the next.
func TestDown(t *testing.T) {
	dir, down, up := t.TempDir(), &list{}, &list{}
	b := open(t, dir)
	for range 3 {
		down.errs = append(down.errs, errors.New("no route to host"))
	}
	rules := []alert.Rule{{Name: "w", Tell: []string{"down", "up"}}}
	_, err := b.Update(rules, map[string][]watch.Alert{"w": {still("x", 0), still("y", 0), still("z", 0)}}, noon)
	check(t, err)
	sinks := map[string]alert.Sink{"down": down, "up": up}
	failures := b.Deliver(t.Context(), sinks, hasty)
	if len(failures) != 1 || failures[0].Sink != "down" || !strings.Contains(failures[0].Err.Error(), "no route to host; 3 messages wait") {
		t.Errorf("failures: %v", failures)
	}
	down.errs = []error{&alert.Refused{Err: errors.New("too long")}, &alert.Later{After: time.Millisecond, Err: errors.New("busy")}}
	if f := open(t, dir).Deliver(t.Context(), sinks, hasty); len(f) > 0 {
		t.Error(f)
	}
	if got := fmt.Sprint(up.sent, down.sent); got != "[x@0-begin y@0-begin z@0-begin] [y@0-begin z@0-begin]" {
		t.Errorf("sent %s", got)
	}
	if set, _ := filepath.Glob(filepath.Join(dir, "spool", "down", "refused", "*.json")); len(set) != 1 {
		t.Errorf("set aside: %v", set)
	}
}

func TestSinkGone(t *testing.T) {
	b := open(t, t.TempDir())
	_, err := b.Update([]alert.Rule{{Name: "w", Tell: []string{"s"}}}, map[string][]watch.Alert{"w": {still("x", 0)}}, noon)
	check(t, err)
	if f := b.Deliver(t.Context(), nil, hasty); len(f) != 1 || !strings.Contains(f[0].Err.Error(), "1 messages wait for a sink that is not configured") {
		t.Errorf("failures: %v", f)
	}
}

func TestBacklog(t *testing.T) {
	dir := t.TempDir()
	queue := filepath.Join(dir, "spool", "s")
	check(t, os.MkdirAll(queue, 0o755))
	for i := range 10_002 {
		check(t, os.WriteFile(filepath.Join(queue, fmt.Sprintf("%016d.json", i)), fmt.Appendf(nil, `{"id":"%d"}`, i), 0o644))
	}
	sink := &list{}
	for range 3 {
		sink.errs = append(sink.errs, errors.New("down"))
	}
	open(t, dir).Deliver(t.Context(), map[string]alert.Sink{"s": sink}, hasty)
	left, err := filepath.Glob(filepath.Join(queue, "*.json"))
	check(t, err)
	if len(left) != 10_000 || !slices.IsSorted(left) || filepath.Base(left[0]) != "0000000000000002.json" {
		t.Errorf("%d wait, the first is %s", len(left), left[0])
	}
}

func TestSilenceCheck(t *testing.T) {
	for _, s := range []alert.Silence{{}, {From: hours(2), Until: hours(1)}, {From: hours(2)}} {
		if s.Check() == nil {
			t.Errorf("%+v is accepted", s)
		}
	}
}
