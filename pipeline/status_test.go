package pipeline

import (
	"strings"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/datasets/table"
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
		{"no run", Status{}, false},
		{"a good run", Status{LastRun: done}, true},
		{"a run with problems", Status{LastRun: &journal.Run{Outcome: journal.Partly}}, true},
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

// TestJumpAlerts: lately jumped series are alerts, and an answer without a column is an error and not a wrong alert.
func TestJumpAlerts(t *testing.T) {
	columns := []string{"collector", "family", "metric", "dump_time", "value", "median", "points"}
	row := func(when time.Time) []any { return []any{"rrc00", int64(4), "routes", when, 90.0, 100.0, int64(12)} }
	result := &table.Result{Rows: [][]any{row(noon.AddDate(0, 0, -1)), row(noon.AddDate(0, 0, -8))}}
	for _, name := range columns {
		result.Columns = append(result.Columns, table.ResultColumn{Name: name})
	}
	found, err := jumpAlerts(result, noon)
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	const text = "routes of IPv4 at rrc00 jumped to 90 on 2024-02-29 12:00; the median of the 12 dumps before is 100"
	if found[0].Text != text {
		t.Errorf("%q, want %q", found[0].Text, text)
	}
	const id = "jump:routes of IPv4 at rrc00 2024-02-29T12:00:00Z"
	if found[0].ID != id {
		t.Errorf("ID %q, want %q", found[0].ID, id)
	}
	for i, name := range columns {
		renamed := *result
		renamed.Columns = append([]table.ResultColumn{}, result.Columns...)
		renamed.Columns[i].Name = "renamed"
		if _, err := jumpAlerts(&renamed, noon); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}
