package engine_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// ending is what follows the period in the name of a copy.
var ending = regexp.MustCompile(`-[0-9a-f]{32}-[1-9][0-9]*-[0-9a-f]{64}\.parquet$`)

// TestCopies: closed periods are read from copies, which follow their partitions.
func TestCopies(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "it's a [sto]re *?")
	store := &table.Store{Dir: filepath.Join(dir, "datasets"), Program: "test"}
	folder := filepath.Join(dir, "copies")
	n := int64(0)
	add := func(year, month, day int, name string) {
		n++
		at := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
		tables.Commit(t, store, samples, table.Key{Day: at, Name: name},
			sample{"a'b", true, uint32(year), n, new(float64(n) / 3), at.Add(time.Microsecond), at, []string{"", "x"}, []uint32{1, 4294967295}}, sample{"\x00é", false, 0, -n, nil, at, at, nil, nil})
	}
	answer := func(options engine.Options) [][]any {
		got, err := open(t, store, options).Query(t.Context(), "SELECT * REPLACE (CAST(numbers AS VARCHAR) AS numbers), typeof(\"at\"), typeof(numbers) FROM samples")
		if err != nil {
			t.Fatal(err)
		}
		return got.Rows
	}
	check := func(what string, periods ...string) {
		t.Helper()
		for range 2 { // made, and read again
			if got, want := answer(engine.Options{Copies: folder}), answer(engine.Options{}); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got\n%v, want\n%v", what, got, want)
			}
		}
		files, err := os.ReadDir(filepath.Join(folder, "samples"))
		if err != nil && len(periods) > 0 {
			t.Fatal(err)
		}
		var copied []string
		for _, f := range files {
			copied = append(copied, ending.ReplaceAllString(f.Name(), ""))
		}
		if !slices.Equal(copied, periods) {
			t.Errorf("%s: copies of %q, want %q", what, copied, periods)
		}
	}
	add(2003, 7, 1, "a")
	add(2003, 7, 2, "a")
	check("a month that is not over")
	add(2003, 8, 1, "a")
	check("a month that is", "2003-07")
	add(2004, 2, 28, "a")
	add(2004, 2, 29, "a")
	add(2004, 3, 1, "a")
	check("a year that is over", "2003", "2004-02")
	add(2002, 1, 1, "late")
	check("an older year of one partition", "2003", "2004-02")
	add(2003, 12, 31, "late")
	add(2004, 2, 28, "a")
	if err := os.WriteFile(filepath.Join(folder, "samples", ".tmp-2003-killed.parquet"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	check("one more and another partition", "2003", "2004-02")
	for _, m := range open(t, store, engine.Options{}).Partitions(samples.Schema) {
		if m.Day().Year() < 2004 {
			if err := store.Remove(m); err != nil {
				t.Fatal(err)
			}
		}
	}
	check("partitions that are gone", "2004-02")
}
