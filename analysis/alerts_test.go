package analysis

import (
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestAlerts answers over a series with one jump, and reads the alert from the answer.
func TestAlerts(t *testing.T) {
	store := tables.Store(t)
	var steady []datasets.TableStat
	first := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for day := range 9 {
		value := 1000 + float64(day)
		if day == 8 {
			value = 2000
		}
		steady = append(steady, datasets.TableStat{Collector: "steady", DumpTime: first.AddDate(0, 0, day), Source: "rib", Family: 4, Metric: "prefixes", Value: value})
	}
	write(t, store, datasets.TableStats, "steady", steady...)
	questions := []*Question{seriesJumps, tableGrowth}
	dir := t.TempDir()
	if _, err := Run(t.Context(), store, dir, questions, questions); err != nil {
		t.Fatal(err)
	}
	alerts, err := Alerts(dir, questions)
	if err != nil {
		t.Fatal(err)
	}
	want := Alert{ID: "jump:prefixes of IPv4 at steady 2020-01-09T00:00:00Z", Kind: "jump", Time: first.AddDate(0, 0, 8),
		Text: "prefixes of IPv4 at steady jumped to 2000 on 2020-01-09 00:00; the median of the 8 dumps before is 1004"}
	if len(alerts) != 1 {
		t.Fatalf("alerts %v, want one", alerts)
	}
	if alerts[0] != want {
		t.Errorf("got  %+v\nwant %+v", alerts[0], want)
	}
}

// TestAlertsWithoutColumn: a column that was renamed is an error, and never another column's value.
func TestAlertsWithoutColumn(t *testing.T) {
	result := &table.Result{Columns: []table.ResultColumn{{Name: "dump_time", Type: table.Timestamp}, {Name: "amount", Type: table.Float64}}, Rows: [][]any{{time.Now(), 1.0}}}
	if alerts, err := jumpAlerts(result); err == nil || !strings.Contains(err.Error(), "lacks the column") {
		t.Errorf("alerts %v, error %v", alerts, err)
	}
}

// TestRunWithOtherQuestions: answers are those of the questions that are given, and no others stay.
func TestRunWithOtherQuestions(t *testing.T) {
	store := tables.Store(t)
	own := &Question{Slug: "own", Title: "How many?", Datasets: []*table.Schema{datasets.TableStats.Schema}, Basis: Basis{AsOf: "year"},
		SQL: "SELECT 2020 AS year, count(*) AS n FROM table_stats", Lead: "In {{when (first .)}}, {{num (first .).n}} were counted."}
	dir := t.TempDir()
	if _, err := Run(t.Context(), store, dir, []*Question{own, seriesJumps}, []*Question{own, seriesJumps}); err != nil {
		t.Fatal(err)
	}
	made, err := Run(t.Context(), store, dir, []*Question{own}, []*Question{own})
	if err != nil {
		t.Fatal(err)
	}
	if len(made) != 0 {
		t.Errorf("a second run made %v", made)
	}
	answers, err := Load(dir, []*Question{own, seriesJumps})
	if err != nil {
		t.Fatal(err)
	}
	if len(answers) != 1 || answers[0].Question != own {
		t.Errorf("answers %v, want that of the own question", answers)
	}
	reworded := *own
	reworded.Lead = "In {{when (first .)}}, there were {{num (first .).n}} of them."
	if _, err := Load(dir, []*Question{&reworded}); err == nil || !strings.Contains(err.Error(), "run tidemark analyse") {
		t.Errorf("the answer to other words is believed: %v", err)
	}
}
