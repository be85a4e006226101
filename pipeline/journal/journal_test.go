package journal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/pipeline/journal"
	"tidemark/pipeline/schedule"
)

var start = time.Date(2024, 12, 31, 23, 0, 0, 0, time.UTC)

func run(hours int, outcome string) *journal.Run {
	return &journal.Run{Start: start.Add(time.Duration(hours) * time.Hour), Outcome: outcome, Decoded: 1}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// outcomes are those of the runs that are kept, in order.
func outcomes(t *testing.T, j journal.Journal, most int) string {
	t.Helper()
	runs, err := j.Runs(most)
	check(t, err)
	var all []string
	for _, r := range runs {
		all = append(all, r.Start.Format("02T15")+" "+r.Outcome)
	}
	return strings.Join(all, ", ")
}

// TestJournal: runs are kept across the year's end, quiet ones are not, one that never ended counts as killed, and half a
// line does no harm.
func TestJournal(t *testing.T) {
	j := journal.Journal{Dir: t.TempDir()}
	full := func(r *journal.Run) {
		t.Helper()
		check(t, j.Begin(r))
		check(t, j.Keep(r))
		check(t, j.End(r))
	}
	full(run(0, journal.Done))
	quiet := &journal.Run{Start: start.Add(time.Hour), Outcome: journal.Done}
	full(quiet)
	if last, err := j.Last(); err != nil || !last.Start.Equal(quiet.Start) {
		t.Errorf("the last run: %+v, %v", last, err)
	}
	check(t, j.Begin(run(2, "")))
	check(t, j.Keep(run(2, journal.Done))) // killed while it rendered
	full(run(3, journal.Partly))
	check(t, j.Begin(run(4, ""))) // killed before it did anything
	full(run(5, journal.Failed))
	const want = "31T23 done, 01T01 killed, 01T02 partly, 01T03 killed, 01T04 failed"
	if got := outcomes(t, j, 0); got != want {
		t.Errorf("kept are %s, want %s", got, want)
	}
	if got := outcomes(t, j, 2); got != "01T03 killed, 01T04 failed" {
		t.Errorf("the newest two are %s", got)
	}
	file, err := os.OpenFile(filepath.Join(j.Dir, "runs", "2025.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	check(t, err)
	file.WriteString(`{"start":"2025-01-01T05:00:00Z","outc`)
	file.Close()
	full(run(7, journal.Done))
	if got := outcomes(t, j, 0); got != want+", 01T06 done" {
		t.Errorf("after half a line: %s", got)
	}
}

// TestRaise: an alert is raised once while it stands, and again when it comes back.
func TestRaise(t *testing.T) {
	j := journal.Journal{Dir: t.TempDir()}
	alert := func(id string, hour int) journal.Alert {
		return journal.Alert{ID: id, Kind: "silent", Text: id, At: start.Add(time.Duration(hour) * time.Hour)}
	}
	for hour, step := range []struct {
		now  []string
		want string
	}{{nil, ""}, {[]string{"b", "a"}, "a b"}, {[]string{"a", "b"}, ""}, {[]string{"b", "c"}, "c"}, {[]string{"a", "b"}, "a"}, {nil, ""}} {
		var now []journal.Alert
		for _, id := range step.now {
			now = append(now, alert(id, hour))
		}
		raised, err := j.Raise(now)
		check(t, err)
		var got []string
		for _, a := range raised {
			got = append(got, a.ID)
		}
		if strings.Join(got, " ") != step.want {
			t.Errorf("hour %d: raised %v, want %s", hour, got, step.want)
		}
		if hour == 4 {
			if standing, err := j.Active(); err != nil || len(standing) != 2 || !standing["b"].At.Equal(start.Add(time.Hour)) {
				t.Errorf("standing: %v, %v", standing, err)
			}
		}
	}
}

// TestMetrics: the file has the bytes that Prometheus' own client writes, with names escaped, and is replaced as a whole. A
// source that was never asked has no times.
func TestMetrics(t *testing.T) {
	path := filepath.Join(t.TempDir(), "textfile", "tidemark.prom")
	daily, _ := collectors.ParseCadence("daily")
	m := journal.Metrics{
		Last:    &journal.Run{Start: start, Outcome: journal.Partly, Decoded: 3, Seconds: map[string]float64{"collect": 1.5}, Sources: []schedule.Result{{Source: `a"b`, New: 2, Bytes: 10, Failed: 1}}},
		Sources: []collectors.Source{{Name: `a"b`, Every: daily}, {Name: "never"}, {Name: "back\\slash\nand line"}},
		State:   &schedule.State{Sources: map[string]*schedule.Source{`a"b`: {Alive: start.AddDate(0, 0, -9), Have: start.AddDate(0, 0, -9), Failures: 4, Files: 7}}},
		Active:  map[string]journal.Alert{"x": {Kind: "jump"}, "y": {Kind: "jump"}, "z": {Kind: "unheard of"}},
		Disk:    journal.Disk{Bytes: 123_456_789_012, FreeBytes: 50}, Now: start,
	}
	for range 2 {
		check(t, m.Write(path))
	}
	b, err := os.ReadFile(path)
	check(t, err)
	want, err := os.ReadFile("testdata/metrics.prom") // written by client_golang 1.22.0 for the same Metrics
	check(t, err)
	if string(b) != string(want) {
		t.Errorf("the file is\n%s\nwant\n%s", b, want)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
		t.Errorf("files beside it: %v", files)
	}
}
