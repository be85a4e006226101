package engine_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets"
	"tidemark/datasets/table"
	"tidemark/internal/testkit/tables"
)

type sample struct {
	Name   string    `col:"name" doc:"a text"`
	On     bool      `col:"on" doc:"a reserved word of SQL"`
	Year   uint32    `col:"vintage" doc:"a year"`
	Count  int64     `col:"count" doc:"a large number"`
	Share  *float64  `col:"share" doc:"a number or null"`
	At     time.Time `col:"at" doc:"a time"`
	Day    time.Time `col:"on_day,date" doc:"a day"`
	Words  []string  `col:"words" doc:"some words"`
	Number []uint32  `col:"numbers" doc:"some numbers"`
}

var samples = table.New[sample](table.Doc{Name: "samples", Version: 1, Row: "A sample.", Partition: "a test"})

var day = time.Date(2003, 7, 5, 0, 0, 0, 0, time.UTC)

func commit(t *testing.T, store *table.Store, name string, rows ...sample) {
	t.Helper()
	tables.Commit(t, store, samples, table.Key{Day: day, Name: name}, rows...)
}

func open(t *testing.T, store *table.Store, options engine.Options) *engine.Engine {
	t.Helper()
	e, err := engine.Open(store, []*table.Schema{samples.Schema}, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

var rows = []sample{
	{"'; DROP VIEW samples; --", true, 1997, 1 << 60, new(0.25), day.Add(90 * time.Minute), day, []string{"a'b", ""}, []uint32{1, 4294967295}},
	{"</script>\x00é", false, 0, -1, nil, day.Add(time.Microsecond), day, nil, nil},
}

func TestColumnsComeBackAsWritten(t *testing.T) {
	store := &table.Store{Dir: filepath.Join(t.TempDir(), "it's a [sto]re *?"), Program: "test"}
	commit(t, store, "a'b*[c].gz", rows...)
	want := &table.Result{
		Columns: []table.ResultColumn{{Name: "name", Type: table.String}, {Name: "on", Type: table.Bool}, {Name: "vintage", Type: table.Int64}, {Name: "count", Type: table.Int64},
			{Name: "share", Type: table.Float64}, {Name: "at", Type: table.Timestamp}, {Name: "on_day", Type: table.Date}, {Name: "words", Type: table.Strings}},
		Rows: [][]any{
			{rows[0].Name, true, int64(1997), int64(1 << 60), 0.25, rows[0].At, day, []string{"a'b", ""}},
			{rows[1].Name, false, int64(0), int64(-1), nil, rows[1].At, day, []string{}},
		},
	}
	for _, options := range []engine.Options{{Memory: "1GB", Threads: 1}, {Many: true}} {
		e := open(t, store, options)
		got, err := e.Query(t.Context(), `SELECT name, "on", vintage, count, share, "at", on_day, words FROM samples ORDER BY name`)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%+v: got  %#v\nwant %#v", options, got, want)
		}
	}
}

func TestEmptyDatasetHasItsColumns(t *testing.T) {
	for _, s := range datasets.All() {
		e, err := engine.Open(&table.Store{Dir: t.TempDir()}, []*table.Schema{s}, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Query(t.Context(), `SELECT column_name, column_type FROM (DESCRIBE `+s.Name+`)`)
		if err != nil {
			t.Fatal(err)
		}
		var want [][]any
		for _, c := range s.Columns {
			want = append(want, []any{c.Name, c.Type.SQL()})
		}
		if !reflect.DeepEqual(got.Rows, want) {
			t.Errorf("%s: %v, want %v", s.Name, got.Rows, want)
		}
		n, err := e.Query(t.Context(), `SELECT count(*) FROM `+s.Name)
		if err != nil {
			t.Fatal(err)
		}
		if n.Rows[0][0] != int64(0) {
			t.Errorf("%s has %v rows, want none", s.Name, n.Rows[0][0])
		}
		e.Close()
	}
}

func TestOnlyCommittedPartitionsAreRead(t *testing.T) {
	store := tables.Store(t)
	commit(t, store, "first", rows[0])
	commit(t, store, "second", rows[1])
	manifests, err := store.Manifests(samples.Schema)
	if err != nil {
		t.Fatal(err)
	}
	if len(manifests) != 2 {
		t.Fatalf("%d manifests, want 2", len(manifests))
	}
	// A killed run leaves a file whose manifest was never written.
	dir := filepath.Dir(store.Path(manifests[0]).String())
	if err := os.Remove(filepath.Join(dir, "_first.json")); err != nil {
		t.Fatal(err)
	}
	e := open(t, store, engine.Options{})
	got, err := e.Query(t.Context(), `SELECT count FROM samples ORDER BY ALL`)
	if err != nil {
		t.Fatal(err)
	}
	if want := [][]any{{int64(-1)}}; !reflect.DeepEqual(got.Rows, want) {
		t.Errorf("got %v, want %v", got.Rows, want)
	}
	p := e.Partitions(samples.Schema)
	if len(p) != 1 {
		t.Fatalf("%d partitions, want 1", len(p))
	}
	if p[0].SHA256 != manifests[1].SHA256 {
		t.Errorf("partition %s, want the second", p[0].File)
	}
}

func TestTypesOfResults(t *testing.T) {
	e := open(t, &table.Store{Dir: t.TempDir()}, engine.Options{})
	for _, c := range []struct {
		sql   string
		typ   table.Type
		value any
		fails string
	}{
		{sql: "1::TINYINT", typ: table.Int64, value: int64(1)},
		{sql: "1::SMALLINT", typ: table.Int64, value: int64(1)},
		{sql: "4294967295::UINTEGER", typ: table.Int64, value: int64(4294967295)},
		{sql: "255::UTINYINT", typ: table.Int64, value: int64(255)},
		{sql: "65535::USMALLINT", typ: table.Int64, value: int64(65535)},
		{sql: "9223372036854775807::UBIGINT", typ: table.Int64, value: int64(1<<63 - 1)},
		{sql: "18446744073709551615::UBIGINT", fails: "exceeds 64 bits"},
		{sql: "(SELECT sum(x) FROM range(4) t(x))", typ: table.Int64, value: int64(6)}, // a HUGEINT
		{sql: "170141183460469231731687303715884105727::HUGEINT", fails: "exceeds 64 bits"},
		{sql: "12.50::DECIMAL(6,2)", typ: table.Float64, value: 12.5},
		{sql: "12::DECIMAL(6,0)", typ: table.Int64, value: int64(12)},
		{sql: "1.5::FLOAT", typ: table.Float64, value: 1.5},
		{sql: "NULL::VARCHAR", typ: table.String, value: nil},
		{sql: "TIMESTAMPTZ '2014-05-30 02:00:00+02'", typ: table.Timestamp, value: time.Date(2014, 5, 30, 0, 0, 0, 0, time.UTC)},
		{sql: "['a', NULL]", fails: "element 2 of the list is null"},
		{sql: "INTERVAL 1 DAY", fails: "cast it in the query"},
		{sql: "{'a': 1}", fails: "cast it in the query"},
	} {
		got, err := e.Query(t.Context(), "SELECT "+c.sql+" AS x")
		if c.fails != "" {
			if err == nil || !strings.Contains(err.Error(), c.fails) {
				t.Errorf("%s: error %v, want %q", c.sql, err, c.fails)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.sql, err)
			continue
		}
		if got.Columns[0].Type != c.typ || !reflect.DeepEqual(got.Rows[0][0], c.value) {
			t.Errorf("%s: %v %#v, want %v %#v", c.sql, got.Columns[0].Type, got.Rows[0][0], c.typ, c.value)
		}
	}
}

func TestArgumentsStayData(t *testing.T) {
	store := tables.Store(t)
	commit(t, store, "first", rows...)
	e := open(t, store, engine.Options{})
	got, err := e.Query(t.Context(), `SELECT count FROM samples WHERE name = ? ORDER BY ALL`, rows[0].Name)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != 1 {
		t.Errorf("%d rows, want 1", len(got.Rows))
	}
}

func TestNothingButThePartitionsCanBeReached(t *testing.T) {
	store := tables.Store(t)
	commit(t, store, "first", rows...)
	secret := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(secret, []byte("a\n1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := open(t, store, engine.Options{})
	for _, sql := range []string{
		"SELECT * FROM read_text('" + secret + "')",
		"SELECT * FROM read_csv('" + secret + "')",
		"SELECT * FROM glob('" + filepath.Dir(secret) + "/*')",
		"COPY (SELECT 1) TO '" + secret + "'",
		"ATTACH '" + filepath.Join(filepath.Dir(secret), "other.db") + "'",
		"INSTALL httpfs",
		"LOAD httpfs",
		"SET enable_external_access = true",
		"SET memory_limit = '1TB'",
	} {
		if got, err := e.Query(t.Context(), sql); err == nil {
			t.Errorf("%s: ran and gave %v", sql, got.Rows)
		}
	}
	b, err := os.ReadFile(secret)
	if err != nil {
		t.Fatal(err)
	}
	if string(b) != "a\n1\n" {
		t.Errorf("the file outside was changed to %q", b)
	}
}

// Rows that are few are read when the engine is opened, if there will be many queries, and otherwise by each query.
func TestFewRowsAreReadOnce(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	commit(t, store, "a", rows...)
	for many, want := range map[bool]string{true: "BASE TABLE", false: "VIEW"} {
		got, err := open(t, store, engine.Options{Many: many}).Query(t.Context(), "SELECT table_type FROM information_schema.tables")
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.Rows, [][]any{{want}}) {
			t.Errorf("many queries: %v: got %v, want %s", many, got.Rows, want)
		}
	}
}

// A query over many rows has the machine to itself.
func TestManyRowsAtOnce(t *testing.T) {
	if n := engine.AtOnce([]*table.Manifest{{Rows: 600_000}, {Rows: 400_001}}); n != 1 {
		t.Errorf("%d queries over many rows at once, want 1", n)
	}
}
