package iceberg_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/datasets/iceberg"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/program"
)

type row struct {
	Name   string    `col:"name" doc:"what it is called"`
	Time   time.Time `col:"time" doc:"when it was seen"`
	Number *int64    `col:"number" doc:"how many" unit:"routes"`
	Peers  []uint32  `col:"peers" doc:"who says so"`
}

var rows = table.New[row](table.Doc{Name: "rows", Version: 3, Row: "A row.", Partition: "a day"})

// partition returns the manifest of a partition of a day.
func partition(day, sum string) *table.Manifest {
	on, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return &table.Manifest{File: rows.File(table.Key{Day: on, Name: "x"}), Rows: 3, Bytes: 1000, SHA256: strings.Repeat(sum, 64)}
}

func warehouse(dir string) iceberg.Warehouse {
	return iceberg.Warehouse{Dir: dir, URL: "s3://lake/iceberg", Data: "s3://lake/datasets"}
}

func register(t *testing.T, w iceberg.Warehouse, partitions ...*table.Manifest) iceberg.Table {
	t.Helper()
	registered, err := w.Register(rows.Schema, partitions)
	if err != nil {
		t.Fatal(err)
	}
	return registered
}

// TestStates: the same partitions change nothing, others make a version, and two folders with the same partitions differ by its number only.
func TestStates(t *testing.T) {
	a, b, c := partition("2023-12-31", "a"), partition("2024-01-01", "b"), partition("2024-02-01", "c")
	one, two := warehouse(t.TempDir()), warehouse(t.TempDir())
	for _, step := range []struct {
		what       string
		partitions []*table.Manifest
		version    string
		changed    bool
		manifests  int // of this state and the one before
	}{
		{"nothing", nil, "v1", true, 0},
		{"nothing again", nil, "v1", false, 0},
		{"two years", []*table.Manifest{a, b}, "v2", true, 2},
		{"the same", []*table.Manifest{a, b}, "v2", false, 2},
		{"one more", []*table.Manifest{a, b, c}, "v3", true, 3},
		{"other bytes", []*table.Manifest{a, partition("2024-01-01", "d"), c}, "v4", true, 2},
		{"a year less", []*table.Manifest{b}, "v5", true, 3},
	} {
		got := register(t, one, step.partitions...)
		if want := "s3://lake/iceberg/rows/metadata/" + step.version + ".metadata.json"; got.Metadata != want || got.Changed != step.changed {
			t.Errorf("%s: %s, changed %v; want %s, %v", step.what, got.Metadata, got.Changed, want, step.changed)
		}
		if got.Files != len(step.partitions) || got.Rows != int64(3*got.Files) {
			t.Errorf("%s: %d files, %d rows", step.what, got.Files, got.Rows)
		}
		if names := files(t, one, "*-m0.avro"); len(names) != step.manifests {
			t.Errorf("%s: manifests %v, want %d", step.what, names, step.manifests)
		}
	}
	register(t, two, b)
	newest, err := os.ReadFile(filepath.Join(one.Dir, "rows/metadata/v5.metadata.json"))
	if err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(filepath.Join(two.Dir, "rows/metadata/v1.metadata.json"))
	if err != nil || string(first) != string(newest) {
		t.Errorf("the same partitions in another folder: %v\n%s\n%s", err, first, newest)
	}
	for _, name := range files(t, two, "*.avro") {
		if !slices.Contains(files(t, one, "*.avro"), name) {
			t.Errorf("%s is not what the first folder has", name)
		}
	}
}

// files returns the names of the metadata that match a pattern.
func files(t *testing.T, w iceberg.Warehouse, pattern string) (names []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(w.Dir, "rows", "metadata", pattern))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		names = append(names, filepath.Base(path))
	}
	return names
}

// TestRepaired: metadata that were lost or damaged are written again, as the next version.
func TestRepaired(t *testing.T) {
	a := partition("2024-01-01", "a")
	for _, pattern := range []string{"*-m0.avro", "snap-*.avro", "v1.metadata.json", "version-hint.text"} {
		w := warehouse(t.TempDir())
		register(t, w, a)
		for _, name := range files(t, w, pattern) {
			if err := os.Remove(filepath.Join(w.Dir, "rows", "metadata", name)); err != nil {
				t.Fatal(err)
			}
		}
		register(t, w, a)
		if again := files(t, w, pattern); len(again) == 0 && pattern != "v1.metadata.json" {
			t.Errorf("%s is still missing", pattern)
		}
		if !slices.ContainsFunc(files(t, w, "*"), func(name string) bool { return strings.HasSuffix(name, ".metadata.json") }) {
			t.Errorf("no metadata without %s", pattern)
		}
	}
}

// TestReproducible: a table's files have no time, random number or order of a map in them.
func TestReproducible(t *testing.T) {
	want := map[string]string{}
	for i := range 8 {
		w := warehouse(filepath.Join(t.TempDir(), "datasets")) // where Hashes looks
		register(t, w, partition("2023-12-31", "a"), partition("2024-01-01", "b"))
		got := program.Hashes(t, filepath.Dir(w.Dir))
		if i == 0 {
			want = got
		}
		program.Same(t, "another warehouse", got, want)
	}
	if len(want) != 5 {
		t.Errorf("%d files, want two manifests, their list, the metadata and the hint: %v", len(want), want)
	}
}

// TestSchema: each column has an ID, and names of the files lead to it; the folders' names lead to none.
func TestSchema(t *testing.T) {
	w := warehouse(t.TempDir())
	register(t, w, partition("2024-01-01", "a"))
	b, err := os.ReadFile(filepath.Join(w.Dir, "rows/metadata/v1.metadata.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		LastColumn int `json:"last-column-id"`
		Schemas    json.RawMessage
		Properties map[string]string
	}
	if err := json.Unmarshal(b, &m); err != nil {
		t.Fatal(err)
	}
	var schemas any
	if err := json.Unmarshal(m.Schemas, &schemas); err != nil {
		t.Fatal(err)
	}
	compact, _ := json.Marshal(schemas)
	const want = `[{"fields":[{"doc":"what it is called","id":1,"name":"name","required":true,"type":"string"},` +
		`{"doc":"when it was seen","id":2,"name":"time","required":true,"type":"timestamp"},` +
		`{"doc":"how many [routes]","id":3,"name":"number","required":false,"type":"long"},` +
		`{"doc":"who says so","id":4,"name":"peers","required":true,"type":{"element":"long","element-id":8,"element-required":false,"type":"list"}},` +
		`{"doc":"year of the day that the row's partition describes","id":5,"name":"year","required":false,"type":"int"},` +
		`{"doc":"month of the day that the row's partition describes","id":6,"name":"month","required":false,"type":"int"},` +
		`{"doc":"day of the day that the row's partition describes","id":7,"name":"day","required":false,"type":"int"}],"schema-id":0,"type":"struct"}]`
	if string(compact) != want || m.LastColumn != 8 {
		t.Errorf("last column %d, %s\nwant %s", m.LastColumn, compact, want)
	}
	const mapping = `[{"field-id":1,"names":["name"]},{"field-id":2,"names":["time"]},{"field-id":3,"names":["number"]},` +
		`{"field-id":4,"names":["peers"],"fields":[{"field-id":8,"names":["element"]}]}]`
	if got := m.Properties["schema.name-mapping.default"]; got != mapping {
		t.Errorf("name mapping %s\nwant %s", got, mapping)
	}
}
