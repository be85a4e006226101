package pipeline

import (
	"slices"
	"testing"
	"time"

	"tidemark/analysis"

	"tidemark/collectors"
	"tidemark/pipeline/journal"
	"tidemark/pipeline/schedule"
)

func TestSourceStatus(t *testing.T) {
	daily, err := collectors.ParseCadence("daily")
	if err != nil {
		t.Fatal(err)
	}
	yesterday := noon.AddDate(0, 0, -1)
	for want, known := range map[string]schedule.Source{
		Unasked: {},
		Good:    {Asked: yesterday, Alive: yesterday},
		Behind:  {Asked: yesterday, Alive: yesterday, Left: 3},
		Gaps:    {Asked: yesterday, Alive: yesterday, Items: map[string]*schedule.Item{"https://x.example/": {}}},
		Failing: {Asked: yesterday, Alive: yesterday, Failures: 1, Left: 3},
		Silent:  {Asked: yesterday, Alive: noon.AddDate(0, 0, -10), Failures: 1},
	} {
		if got := sourceStatus(collectors.Source{Every: daily}, known, noon); got.State != want {
			t.Errorf("%+v: %s, want %s", known, got.State, want)
		}
	}
}

func TestWell(t *testing.T) {
	done := &journal.Run{Outcome: journal.Done}
	for _, test := range []struct {
		name   string
		status Status
		want   bool
	}{
		{"no run of a source", Status{Sources: []SourceStatus{{State: Unasked}}}, false},
		{"imports by hand", Status{}, true},
		{"a good run", Status{LastRun: done}, true},
		{"a run with problems", Status{LastRun: &journal.Run{Outcome: journal.Partly}}, true},
		{"a stopped run", Status{LastRun: &journal.Run{Outcome: journal.Stopped}}, false},
		{"a killed run", Status{LastRun: &journal.Run{Outcome: journal.Killed}}, false},
		{"a failed run", Status{LastRun: &journal.Run{Outcome: journal.Failed}}, false},
		{"a source with gaps", Status{LastRun: done, Sources: []SourceStatus{{State: Gaps}}}, true},
		{"a failing source", Status{LastRun: done, Sources: []SourceStatus{{State: Good}, {State: Failing}}}, false},
		{"a silent source", Status{LastRun: done, Sources: []SourceStatus{{State: Silent}}}, false},
		{"a young alert", Status{LastRun: done, Alerts: []journal.Alert{{At: noon.Add(-maxAlertAge)}}}, false},
		{"an old alert", Status{LastRun: done, Alerts: []journal.Alert{{At: noon.Add(-maxAlertAge - time.Second)}}}, true},
	} {
		test.status.At = noon
		if got := test.status.well(); got != test.want {
			t.Errorf("%s: well %v, want %v", test.name, got, test.want)
		}
	}
}

// TestRecent: what a question raises is an alert for a week.
func TestRecent(t *testing.T) {
	alert := func(id string, age time.Duration) analysis.Alert {
		return analysis.Alert{ID: id, Kind: "jump", Time: noon.Add(-age), Text: id + " jumped"}
	}
	found := recent([]analysis.Alert{alert("new", time.Hour), alert("week", maxRaisedAge), alert("old", maxRaisedAge+time.Second)}, noon)
	want := []journal.Alert{{ID: "new", Kind: "jump", At: noon, Text: "new jumped"}, {ID: "week", Kind: "jump", At: noon, Text: "week jumped"}}
	if !slices.Equal(found, want) {
		t.Errorf("alerts %v, want %v", found, want)
	}
}

// TestFirstRunKilled: where the first run of all was killed, it is the last run.
func TestFirstRunKilled(t *testing.T) {
	p, err := Open(Options{Dir: t.TempDir(), Clock: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Journal().Begin(&journal.Run{Start: noon}); err != nil {
		t.Fatal(err)
	}
	s, err := p.Status(t.Context())
	if err != nil || s.LastRun == nil || s.LastRun.Outcome != journal.Killed || s.Well {
		t.Errorf("%+v, %v", s, err)
	}
}
