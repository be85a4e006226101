package analysis_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"tidemark/analysis"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// lists returns the lists of partitions beside the answers, by name.
func lists(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "partitions", "*"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{}
	for _, file := range found {
		if all[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestListsOfPartitions: answers name the partitions that they were made from by lists, which they share. The lists are those of when the
// answer was made, are made again where they are damaged, and go with the last answer.
func TestListsOfPartitions(t *testing.T) {
	store, dir := tables.Store(t), t.TempDir()
	put := func(at time.Time) {
		into := store.Begin(table.Input{Name: "mrt/rrc00/" + at.Format(time.DateOnly) + "/bview.gz", SHA256: "00", URL: "https://data.example/bview.gz"})
		defer into.Abort()
		tables.Write(t, into, datasets.TableStats, table.Key{Day: at, Name: "rrc00"}, datasets.TableStat{Collector: "rrc00", DumpTime: at, Family: 4, Metric: "prefixes", Value: 9})
		if _, err := into.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	present := func() []*table.Manifest {
		all, err := store.Manifests(datasets.TableStats.Schema)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	question := func(slug string) *analysis.Question {
		return &analysis.Question{Slug: slug, Title: "What is there?", Datasets: []*table.Schema{datasets.TableStats.Schema},
			SQL: "SELECT dump_time, value FROM table_stats ORDER BY ALL", Basis: analysis.Basis{AsOf: "dump_time"}, Lead: "{{with first .}}{{when .}}{{end}}"}
	}
	questions := []*analysis.Question{question("one"), question("other")}
	run := func(want int) {
		t.Helper()
		if made, err := analysis.Run(t.Context(), store, dir, questions, questions); err != nil || len(made) != want {
			t.Fatalf("%q were answered, %v, want %d", made, err, want)
		}
	}
	rest := func(want []*table.Manifest) {
		t.Helper()
		answers, err := analysis.Load(dir, questions)
		if err != nil || len(answers) != 2 {
			t.Fatalf("%d answers, %v", len(answers), err)
		}
		for _, a := range answers {
			if !reflect.DeepEqual(a.From, want) {
				t.Errorf("%s was made from %d partitions, or others, want %d", a.Question.Slug, len(a.From), len(want))
			}
		}
	}
	days := []time.Time{time.Date(2024, 12, 30, 0, 0, 0, 0, time.UTC), time.Date(2024, 12, 31, 0, 0, 0, 0, time.UTC), time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}
	put(days[0])
	put(days[1])
	run(2)
	before := present()
	rest(before)
	first := lists(t, dir)
	if text, err := os.ReadFile(filepath.Join(dir, "one.json")); err != nil || len(first) != 1 || bytes.Contains(text, []byte(before[0].SHA256)) {
		t.Errorf("%d lists, want one for both answers, which name no partition (%v): %s", len(first), err, text)
	}
	put(days[2])
	rest(before)
	run(2)
	rest(present())
	if got := lists(t, dir); len(got) != 2 {
		t.Errorf("%d lists, want one for each year", len(got))
	}
	for name := range lists(t, dir) {
		if err := os.WriteFile(filepath.Join(dir, "partitions", name), []byte("PAR1"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := analysis.Load(dir, questions); err == nil {
			t.Error("a damaged list is believed")
		}
		run(0)
		rest(present())
	}
	if err := store.Remove(present()[2]); err != nil {
		t.Fatal(err)
	}
	run(2)
	if got := lists(t, dir); !reflect.DeepEqual(got, first) {
		t.Errorf("the lists are %d, or others, want those of before", len(got))
	}
}

// TestRunOfOneQuestion: answering one question leaves the answers to the others as they were made, with the lists that they name; only
// answers to questions that are gone go.
func TestRunOfOneQuestion(t *testing.T) {
	store, dir := tables.Store(t), t.TempDir()
	put := func(day int, value float64) {
		at := time.Date(2025, 1, day, 0, 0, 0, 0, time.UTC)
		tables.Commit(t, store, datasets.TableStats, table.Key{Day: at, Name: "rrc00"}, datasets.TableStat{Collector: "rrc00", DumpTime: at, Family: 4, Metric: "prefixes", Value: value})
	}
	question := func(slug string) *analysis.Question {
		return &analysis.Question{Slug: slug, Title: "How many?", Datasets: []*table.Schema{datasets.TableStats.Schema},
			SQL: "SELECT max(dump_time) AS dump_time, sum(value) AS value FROM table_stats ORDER BY ALL", Basis: analysis.Basis{AsOf: "dump_time"}, Lead: "{{with first .}}{{when .}}{{end}}"}
	}
	one, other, gone := question("one"), question("other"), question("gone")
	run := func(all, asked []*analysis.Question, want ...string) {
		t.Helper()
		if made, err := analysis.Run(t.Context(), store, dir, all, asked); err != nil || !reflect.DeepEqual(made, want) {
			t.Fatalf("%q were answered, %v, want %q", made, err, want)
		}
	}
	put(1, 7)
	before := []*analysis.Question{one, other, gone}
	run(before, before, "one", "other", "gone")
	put(2, 2)
	if err := os.MkdirAll(filepath.Join(dir, "nobody's", "folder"), 0o755); err != nil {
		t.Fatal(err)
	}
	both := []*analysis.Question{one, other}
	run(both, both[:1], "one")
	if _, err := os.Lstat(filepath.Join(dir, "nobody's")); err == nil {
		t.Error("a folder that belongs to no question is still there")
	}
	if got := lists(t, dir); len(got) != 2 {
		t.Errorf("%d lists, want that of each answer", len(got))
	}
	answers, err := analysis.Load(dir, before)
	if err != nil || len(answers) != 2 {
		t.Fatalf("%d answers, %v, want two", len(answers), err)
	}
	for i, want := range []struct {
		slug  string
		value float64
		from  int
	}{{"one", 9, 2}, {"other", 7, 1}} {
		if a := answers[i]; a.Question.Slug != want.slug || a.Result.Rows[0][1] != want.value || len(a.From) != want.from {
			t.Errorf("%s has %v of %d partitions, want %v of %d", a.Question.Slug, a.Result.Rows[0][1], len(a.From), want.value, want.from)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "other.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	run(both, both[:1])
	run(both, both, "other")
	if got := lists(t, dir); len(got) != 1 {
		t.Errorf("%d lists, want the one that both name", len(got))
	}
}
