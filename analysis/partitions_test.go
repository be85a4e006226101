package analysis

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// TestPartitionLists: answers of the same dataset share a list, which goes when none needs it, and is written again where it is
// missing or was removed as damaged.
func TestPartitionLists(t *testing.T) {
	store, dir := tables.Store(t), t.TempDir()
	questions := []*Question{rovStates, bogonCount}
	lists := func() []string {
		found, err := filepath.Glob(filepath.Join(dir, listPrefix+"route_hours.*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	run := func(want int) []*Answer {
		t.Helper()
		if made, err := Run(t.Context(), store, dir, "", questions); err != nil || len(made) != want {
			t.Fatalf("made %v, %v; want %d", made, err, want)
		}
		answers, err := Load(dir, questions)
		if err != nil || len(answers) != 2 || len(lists()) != 1 {
			t.Fatalf("%d answers, lists %v, %v", len(answers), lists(), err)
		}
		return answers
	}
	for day := 1; day < 3; day++ {
		tables.Commit(t, store, datasets.RouteHours, table.Key{Day: january(day), Name: "a"}, datasets.RouteHour{Time: january(day), Family: 4, Collectors: "a", Routes: 1})
		for _, a := range run(2) {
			if len(a.From) != day || a.From[day-1].Day() != january(day) {
				t.Errorf("%s names %v", a.Question.Slug, a.From)
			}
		}
	}
	list := lists()[0]
	for what, spoil := range map[string]func() error{
		"missing": func() error { return os.Remove(list) },
		"damaged": func() error { return os.WriteFile(list, []byte("{}\n"), 0o644) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir, questions); err == nil || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), list) {
			t.Errorf("a list that is %s: %v", what, err)
		}
		os.Remove(list)
		run(0)
	}
}
