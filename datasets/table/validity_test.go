package table_test

import (
	"strings"
	"testing"
	"time"

	"tidemark/datasets/table"
)

type line struct {
	Name string `col:"name" doc:"name"`
}

func declare(valid ...table.Validity) *table.Dataset[line] {
	return table.New[line](table.Doc{Name: "lines", Version: 1, Partition: "a file", Row: "A line.", ValidFor: valid})
}

// TestHolds: a file proves something about its own day and as many after it as it declares, never about a day before.
func TestHolds(t *testing.T) {
	d := declare(table.Validity{Lines: "free", Days: 3, Why: "it changes"}, table.Validity{Lines: "held", Days: 0, Why: "it changes at once"})
	file := time.Date(2024, 2, 27, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		lines string
		after time.Duration
		want  bool
	}{
		{"free", 0, true}, {"free", 23 * time.Hour, true}, {"free", 72 * time.Hour, true}, {"free", 95 * time.Hour, true}, {"free", 96 * time.Hour, false},
		{"free", -time.Hour, false}, {"free", -24 * time.Hour, false}, {"held", 23 * time.Hour, true}, {"held", 24 * time.Hour, false},
	} {
		if got := d.Holds(c.lines, file, file.Add(c.after)); got != c.want {
			t.Errorf("%s lines hold %v after the file's day: %v, want %v", c.lines, c.after, got, c.want)
		}
	}
	if got, want := d.Description(), "A line. What a file has as free proves something about its own day and the 3 days after: it changes. What a file has as held proves something about its own day: it changes at once."; got != want {
		t.Errorf("described as %q, want %q", got, want)
	}
	if got, want := declare(table.Validity{Days: 1, Why: "so"}).Description(), "A line. A file proves something about its own day and the day after: so."; got != want {
		t.Errorf("described as %q, want %q", got, want)
	}
}

// TestWrongValidity: a declaration without sense does not survive the start of the program.
func TestWrongValidity(t *testing.T) {
	panics := func(do func()) (text string) {
		defer func() {
			if p := recover(); p != nil {
				text = p.(string)
			}
		}()
		do()
		return ""
	}
	for want, do := range map[string]func(){
		"-1 days":               func() { declare(table.Validity{Days: -1, Why: "so"}) },
		"4000 days":             func() { declare(table.Validity{Days: 4000, Why: "so"}) },
		"has no reason":         func() { declare(table.Validity{Days: 1}) },
		`"a" is declared twice`: func() { declare(table.Validity{Lines: "a", Why: "so"}, table.Validity{Lines: "a", Why: "so"}) },
		`"" is declared twice`:  func() { declare(table.Validity{Lines: "a", Why: "so"}, table.Validity{Why: "so"}) },
		`how long lines "b"`:    func() { declare(table.Validity{Lines: "a", Why: "so"}).DaysValid("b") },
	} {
		if text := panics(do); !strings.Contains(text, want) {
			t.Errorf("panics with %q, want %q", text, want)
		}
	}
}

// TestCells: a value keeps its place when more come.
func TestCells(t *testing.T) {
	var cells table.Cells[int64]
	var all []*int64
	for i := range int64(10_000) {
		all = append(all, cells.Of(i))
	}
	for i, p := range all {
		if *p != int64(i) {
			t.Fatalf("value %d has become %d", i, *p)
		}
	}
	if n := testing.AllocsPerRun(4096, func() { cells.Of(1) }); n > 0 {
		t.Errorf("%v allocations a value", n)
	}
}
