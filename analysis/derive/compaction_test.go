package derive

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

// measurement is a row of the tests of compaction: a column of each kind.
type measurement struct {
	Source string    `col:"source,label" doc:"source"`
	Prefix string    `col:"prefix" doc:"prefix"`
	Count  uint32    `col:"count" doc:"count"`
	Mean   *float64  `col:"mean" doc:"mean"`
	At     time.Time `col:"at" doc:"time"`
	Paths  []string  `col:"paths" doc:"paths"`
	Peers  []uint32  `col:"peers" doc:"peers"`
}

var measurements = table.New[measurement](table.Doc{Name: "measurements", Version: 1, Partition: "a day", Row: "a measurement"})

var compactMeasurements = Compactions([]*table.Schema{measurements.Schema})

// measure commits a partition of a day.
func measure(t *testing.T, store *table.Store, day time.Time, name string, seed uint64, rows int) {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, uint64(day.Unix())))
	all := make([]measurement, rows)
	for i := range all {
		all[i] = measurement{name, fmt.Sprintf("192.0.%d.0/24", r.IntN(200)), r.Uint32(), nil, day.Add(time.Duration(r.Int64N(1e9)) * time.Microsecond), nil, nil}
		if r.IntN(2) == 0 {
			all[i].Mean, all[i].Paths, all[i].Peers = new(r.Float64()), []string{name, ""}, []uint32{r.Uint32(), 0}
		}
	}
	tables.Commit(t, store, measurements, table.Key{Day: day, Name: name}, all...)
}

// rowsOf returns the rows of files, in their order.
func rowsOf(t *testing.T, files []table.Path) (rows []measurement) {
	t.Helper()
	for _, file := range files {
		for row, err := range measurements.Scan(file) {
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// compactedFiles returns the paths in the store of what is compacted, and how many files have all rows.
func compactedFiles(t *testing.T, store *table.Store) (compacted []string, n int) {
	t.Helper()
	made, err := store.Manifests(measurements.Compacted())
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range made {
		compacted = append(compacted, m.File)
	}
	all, err := store.Manifests(measurements.Schema)
	if err != nil {
		t.Fatal(err)
	}
	standing, err := store.Files(measurements.Schema, all)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := rowsOf(t, paths(store, standing)), rowsOf(t, paths(store, all)); !reflect.DeepEqual(got, want) {
		t.Fatalf("%d rows of %v are not the %d of the partitions", len(got), paths(store, standing), len(want))
	}
	return compacted, len(standing)
}

func compactAll(t *testing.T, store *table.Store) (changed int) {
	t.Helper()
	changed, err := Run(t.Context(), store, compactMeasurements)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

func dayOf(year, month, day int) time.Time {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
}

// TestCompactedPeriods: closed periods are compacted, once, and again when a partition of theirs changes, comes or goes; the rows are those of
// the partitions at any time.
func TestCompactedPeriods(t *testing.T) {
	const july, february, all2003 = "year=2003/month=07/day=01/month", "year=2004/month=02/day=01/month", "year=2003/month=01/day=01/year"
	store := tables.Store(t)
	remove := func(day time.Time, name string) {
		m, err := store.Manifest(measurements.Schema, table.Key{Day: day, Name: name})
		if err == nil {
			err = store.Remove(m)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		what   string
		change func()
		want   []string
		files  int
	}{
		{"nothing", func() {}, nil, 0},
		{"a month that is not over", func() {
			measure(t, store, dayOf(2003, 7, 1), "a", 1, 5)
			measure(t, store, dayOf(2003, 7, 2), "a", 1, 3)
		}, nil, 2},
		{"a month that is", func() { measure(t, store, dayOf(2003, 8, 1), "a", 1, 2) }, []string{july}, 2},
		{"a year that is over", func() {
			measure(t, store, dayOf(2004, 2, 28), "a", 1, 2)
			measure(t, store, dayOf(2004, 3, 1), "a", 1, 2)
		}, []string{all2003}, 3},
		{"a late partition", func() { measure(t, store, dayOf(2004, 2, 2), "a", 1, 2) }, []string{all2003, february}, 3},
		{"a partition without rows", func() { measure(t, store, dayOf(2003, 12, 31), "b", 1, 0) }, []string{all2003, february}, 3},
		{"other bytes", func() { measure(t, store, dayOf(2003, 7, 1), "a", 2, 5) }, []string{all2003, february}, 3},
		{"one that is gone", func() { remove(dayOf(2004, 2, 2), "a") }, []string{all2003}, 3},
		{"large partitions", func() {
			measure(t, store, dayOf(2004, 2, 1), "a", 1, 100_000)
			measure(t, store, dayOf(2004, 2, 2), "a", 1, 100_000)
		}, []string{all2003}, 5},
	} {
		step.change()
		compactedFiles(t, store) // what is stale is not read
		changed := compactAll(t, store)
		got, files := compactedFiles(t, store)
		for i, file := range step.want {
			step.want[i] = "measurements.compacted/v1/" + file + ".parquet"
		}
		if !slices.Equal(got, step.want) || files != step.files {
			t.Errorf("%s: compacted are %q, and %d files have the rows; want %q, and %d", step.what, got, files, step.want, step.files)
		}
		if again := compactAll(t, store); again != 0 {
			t.Errorf("%s: %d partitions changed, and then %d again", step.what, changed, again)
		}
		if intact, found, err := store.Verify([]*table.Schema{measurements.Schema}); err != nil || len(found) > 0 {
			t.Errorf("%s: %d partitions are whole, but %v, %v", step.what, intact, found, err)
		}
	}
}

// TestCompactedBytes: a compacted partition has the same bytes whether it is made of partitions or of compacted ones, and in which order these
// came; also where its rows fill several row groups.
func TestCompactedBytes(t *testing.T) {
	var want []byte
	for _, shuffled := range []bool{false, true} {
		store := tables.Store(t)
		const parts = 40 // of 7,001 rows: more than a row group
		order := make([]int, parts)
		for i := range order {
			order[i] = i
		}
		if shuffled {
			rand.New(rand.NewPCG(1, 2)).Shuffle(parts, func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		for _, i := range order {
			measure(t, store, dayOf(2003, 1+i/10, 1+i%10), "a", 7, 7_001)
			if shuffled {
				compactAll(t, store) // months, of which the year is made
			}
		}
		measure(t, store, dayOf(2004, 1, 1), "a", 7, 1)
		compactAll(t, store)
		made, err := store.Manifests(measurements.Compacted())
		if err != nil || len(made) != 1 || len(made[0].Inputs) != parts || made[0].Rows != parts*7_001 {
			t.Fatalf("compacted are %v, %v; want a year of %d partitions", made, err, parts)
		}
		got, err := os.ReadFile(store.Path(made[0]).String())
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = got
		} else if !slices.Equal(got, want) {
			t.Errorf("made of months it has other bytes (%d, want %d)", len(got), len(want))
		}
	}
}

// TestDamagedCompacted: where a compacted partition, or its manifest, is not as it was written, the partitions are read.
func TestDamagedCompacted(t *testing.T) {
	for name, damage := range map[string]func(file, manifest string) error{
		"cut":         func(file, _ string) error { return os.Truncate(file, 100) },
		"gone":        func(file, _ string) error { return os.Remove(file) },
		"no manifest": func(_, manifest string) error { return os.Remove(manifest) },
		"no JSON":     func(_, manifest string) error { return os.WriteFile(manifest, []byte("{"), 0o644) },
		"another's":   func(_, manifest string) error { return os.WriteFile(manifest, []byte(`{"file":"x.parquet"}`), 0o644) },
	} {
		store := tables.Store(t)
		store.OnDamage = store.SetAside
		for day := range 33 {
			measure(t, store, dayOf(2003, 7, 1+day), "a", 7, 10)
		}
		compactAll(t, store)
		if _, files := compactedFiles(t, store); files != 3 {
			t.Fatalf("%s: %d files have the rows (want 3)", name, files)
		}
		file := filepath.Join(store.Dir, measurements.Compacted().File(table.Key{Day: dayOf(2003, 7, 1), Name: "month"}))
		if err := damage(file, filepath.Join(filepath.Dir(file), "_month.json")); err != nil {
			t.Fatal(err)
		}
		if _, files := compactedFiles(t, store); files != 33 {
			t.Errorf("%s: %d files have the rows (want the 33 partitions)", name, files)
		}
		compactAll(t, store)
		if _, files := compactedFiles(t, store); files != 3 {
			t.Errorf("%s: %d files have the rows after it was made again (want 3)", name, files)
		}
	}
}
