package table_test

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tidemark/datasets/table"
)

type row struct {
	S    string     `col:"s" doc:"a string" rfc:"20,3629"`
	B    bool       `col:"b" doc:"a truth value"`
	I    int64      `col:"i" unit:"bits" doc:"an integer"`
	U    uint32     `col:"u" doc:"an unsigned integer"`
	F    float64    `col:"f" doc:"a float"`
	T    time.Time  `col:"t" doc:"a timestamp"`
	D    time.Time  `col:"d,date" doc:"a day"`
	NI   *int64     `col:"ni" doc:"an integer or null"`
	NF   *float64   `col:"nf" doc:"a float or null"`
	NT   *time.Time `col:"nt" doc:"a timestamp or null"`
	ND   *time.Time `col:"nd,date" doc:"a day or null"`
	List []string   `col:"list" doc:"strings"`
	Nums []uint32   `col:"nums" doc:"unsigned integers"`
}

var rows = table.New[row](table.Doc{Name: "test_rows", Version: 1, Partition: "a test", Row: "A row of a test."})

var day = time.Date(2014, 5, 30, 0, 0, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

func testRow(i int) row {
	r := row{
		S: strings.Repeat("x", i%7), B: i%3 == 0, I: int64(i) - 5, U: 1<<32 - 1 - uint32(i), F: float64(i) / 4,
		T: day.Add(time.Duration(i) * time.Microsecond), D: day.AddDate(0, 0, i%400),
	}
	if i%2 == 0 {
		r.NI, r.NF, r.NT, r.ND = ptr(int64(i)), ptr(-float64(i)), ptr(r.T), ptr(r.D)
	}
	for n := range i % 4 {
		r.List = append(r.List, strings.Repeat("é", n))
		r.Nums = append(r.Nums, uint32(i+n))
	}
	return r
}

// commit writes n rows as one partition and returns its manifest.
func commit(t *testing.T, store *table.Store, name string, n int) *table.Manifest {
	t.Helper()
	c := store.Begin(table.Input{Name: "raw/" + name, SHA256: "00"})
	defer c.Abort()
	w, err := rows.Create(c, table.Key{Day: day, Name: name})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		w.See(1)
		w.Keep(1)
		if err := w.Append(testRow(i)); err != nil {
			t.Fatal(err)
		}
	}
	m, err := c.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return m[0]
}

// checkRows reads a file back, which must have n rows as rowOf makes them.
func checkRows(t *testing.T, path string, n int, rowOf func(int) row) {
	t.Helper()
	i := 0
	for got, err := range rows.Scan(table.PathOf(path)) {
		if err != nil {
			t.Fatal(err)
		}
		want := rowOf(i)
		if len(want.List) == 0 {
			want.List, want.Nums = []string{}, nil
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("row %d:\n got %+v\nwant %+v", i, got, want)
		}
		i++
	}
	if i != n {
		t.Fatalf("%d rows read, want %d", i, n)
	}
}

func TestRoundTrip(t *testing.T) {
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	// Over one batch of 64 Ki rows, so that batches join.
	const n = 70_000
	m := commit(t, store, "a", n)
	if m.Rows != n || m.Seen != n || m.Kept != n {
		t.Errorf("manifest has rows %d, seen %d, kept %d, want %d", m.Rows, m.Seen, m.Kept, n)
	}
	checkRows(t, store.Path(m).String(), n, testRow)
}

func TestSameRowsSameBytes(t *testing.T) {
	a := commit(t, &table.Store{Dir: t.TempDir()}, "a", 1000)
	b := commit(t, &table.Store{Dir: t.TempDir()}, "a", 1000)
	if a.SHA256 != b.SHA256 {
		t.Error("two writes of the same rows differ")
	}
}

func TestCountsMustAddUp(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	c := store.Begin()
	w, err := rows.Create(c, table.Key{Day: day, Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	w.See(3)
	w.Keep(1)
	w.Reject("too odd", 1)
	if _, err := c.Commit(); err == nil || !strings.Contains(err.Error(), "3 × row seen, but 2") {
		t.Errorf("commit of lost rows: %v", err)
	}
	filepath.WalkDir(store.Dir, func(path string, d os.DirEntry, err error) error {
		if !d.IsDir() {
			t.Errorf("a refused commit left %s", path)
		}
		return err
	})
}

func TestDeclarations(t *testing.T) {
	type undocumented struct {
		A string `col:"a"`
	}
	type nullableUnsigned struct {
		A *uint32 `col:"a" doc:"x"`
	}
	type badName struct {
		A string `col:"A b" doc:"x"`
	}
	type unknownOption struct {
		A string `col:"a,lable" doc:"x"`
	}
	type dateOfText struct {
		A string `col:"a,date" doc:"x"`
	}
	type nullableLabel struct {
		A *int64 `col:"a,label" doc:"x"`
	}
	type listLabel struct {
		A []string `col:"a,label" doc:"x"`
	}
	doc := table.Doc{Name: "x", Version: 1, Partition: "p", Row: "r"}
	for name, declare := range map[string]func(){
		"no doc":            func() { table.New[undocumented](doc) },
		"nullable unsigned": func() { table.New[nullableUnsigned](doc) },
		"bad name":          func() { table.New[badName](doc) },
		"unknown option":    func() { table.New[unknownOption](doc) },
		"date of text":      func() { table.New[dateOfText](doc) },
		"nullable label":    func() { table.New[nullableLabel](doc) },
		"list as label":     func() { table.New[listLabel](doc) },
		"no version":        func() { table.New[row](table.Doc{Name: "x", Partition: "p", Row: "r"}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: the declaration is accepted", name)
				}
			}()
			declare()
		}()
	}
}

func TestHostilePartitionNames(t *testing.T) {
	for _, name := range []string{"../../etc/passwd", "", ".hidden", "_x", "a/b", "naïve\x00", "x'; DROP", strings.Repeat("long", 200)} {
		file := rows.File(table.Key{Day: day, Name: name})
		base := strings.TrimPrefix(file, "test_rows/v1/year=2014/month=05/day=30/")
		if base == file || strings.ContainsAny(base, "/\\'\x00 ") || base[0] == '.' || base[0] == '_' || len(base) > 230 {
			t.Errorf("the file of %q is %q", name, file)
		}
	}
}

func TestVerifyNamesEachDifference(t *testing.T) {
	break1 := map[string]struct {
		damage func(t *testing.T, path, manifest string)
		want   string
	}{
		"flipped byte": {func(t *testing.T, path, _ string) {
			b, _ := os.ReadFile(path)
			b[len(b)/2] ^= 0xff
			os.WriteFile(path, b, 0o644)
		}, "SHA-256"},
		"truncated":    {func(t *testing.T, path, _ string) { os.Truncate(path, 100) }, "has 100 bytes"},
		"missing file": {func(t *testing.T, path, _ string) { os.Remove(path) }, "is missing"},
		"no manifest":  {func(t *testing.T, _, manifest string) { os.Remove(manifest) }, "has no manifest"},
		"bad manifest": {func(t *testing.T, _, manifest string) { os.WriteFile(manifest, []byte("{"), 0o644) }, "manifest is damaged"},
		"lost rows": {func(t *testing.T, _, manifest string) {
			b, _ := os.ReadFile(manifest)
			os.WriteFile(manifest, []byte(strings.Replace(string(b), `"kept": 1000`, `"kept": 999`, 1)), 0o644)
		}, "1000 × row seen, but 999"},
		"temporary file": {func(t *testing.T, path, _ string) {
			os.WriteFile(filepath.Join(filepath.Dir(path), ".tmp-x.parquet"), nil, 0o644)
		}, "run that was killed"},
	}
	for name, c := range break1 {
		t.Run(name, func(t *testing.T) {
			store := &table.Store{Dir: t.TempDir()}
			m := commit(t, store, "a", 1000)
			if whole, found, err := store.Verify([]*table.Schema{rows.Schema}); whole != 1 || len(found) != 0 || err != nil {
				t.Fatalf("before the damage: %d whole, %v, %v", whole, found, err)
			}
			path := store.Path(m).String()
			c.damage(t, path, filepath.Join(filepath.Dir(path), "_a.json"))
			_, found, err := store.Verify([]*table.Schema{rows.Schema})
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, d := range found {
				all = append(all, d.String())
			}
			if !strings.Contains(strings.Join(all, "\n"), c.want) {
				t.Errorf("found %q, want %q", all, c.want)
			}
		})
	}
}

// TestSweep kills a commit at each of its steps and looks at what the next run finds.
func TestSweep(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	whole := commit(t, store, "whole", 10)
	half := commit(t, store, "half", 10)
	os.Remove(filepath.Join(filepath.Dir(store.Path(half).String()), "_half.json"))
	temp := filepath.Join(filepath.Dir(store.Path(half).String()), ".tmp-c.parquet")
	os.WriteFile(temp, []byte("PAR1"), 0o644)
	if err := store.Sweep(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{store.Path(whole).String(): true, store.Path(half).String(): false, temp: false} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	if left, err := store.Manifests(rows.Schema); len(left) != 1 || err != nil {
		t.Errorf("%d partitions left, %v", len(left), err)
	}
}

func TestResultFormats(t *testing.T) {
	r := &table.Result{
		Columns: []table.ResultColumn{{"name", table.String}, {"n", table.Int64}, {"share", table.Float64}, {"at", table.Timestamp}, {"day", table.Date}, {"yes", table.Bool}, {"tags", table.Strings}},
		Rows: [][]any{
			{`=cmd()|"x"`, int64(1), 0.25, day.Add(time.Hour), day, true, []string{"a", "b"}},
			{nil, nil, nil, nil, nil, nil, nil},
			{"-1", int64(1<<53 + 1), 3.0, day, day, false, []string{}},
		},
	}
	var b strings.Builder
	if err := r.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	want := "name,n,share,at,day,yes,tags\n" +
		`"'=cmd()|""x""",1,0.25,2014-05-30T01:00:00Z,2014-05-30,true,a b` + "\n" +
		",,,,,,\n" +
		"'-1,9007199254740993,3,2014-05-30T00:00:00Z,2014-05-30,false,\n"
	if b.String() != want {
		t.Errorf("CSV:\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	want = `[{"name":"=cmd()|\"x\"","n":1,"share":0.25,"at":"2014-05-30T01:00:00Z","day":"2014-05-30","yes":true,"tags":["a","b"]},` + "\n" +
		`{"name":null,"n":null,"share":null,"at":null,"day":null,"yes":null,"tags":null},` + "\n" +
		`{"name":"-1","n":9007199254740993,"share":3,"at":"2014-05-30T00:00:00Z","day":"2014-05-30","yes":false,"tags":[]}]` + "\n"
	if b.String() != want {
		t.Errorf("JSON:\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	none := &table.Result{Columns: r.Columns[2:3]}
	if err := none.WriteJSON(&b); err != nil || b.String() != "[]\n" {
		t.Errorf("no rows in JSON: %q, %v", b.String(), err)
	}
	b.Reset()
	none.Rows = [][]any{{math.Inf(1)}}
	if err := none.WriteJSON(&b); err != nil || b.String() != "[{\"share\":null}]\n" {
		t.Errorf("infinity in JSON: %q, %v", b.String(), err)
	}
	for name, write := range map[string]func(*strings.Builder) error{
		"parquet": func(b *strings.Builder) error { return r.WriteParquet(b) },
		"arrow":   func(b *strings.Builder) error { return r.WriteArrow(b) },
	} {
		var one, two strings.Builder
		if err := write(&one); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := write(&two); err != nil || one.String() != two.String() || one.Len() == 0 {
			t.Errorf("%s: two writes differ (%v)", name, err)
		}
	}
	r.Rows[0][1] = "one"
	if err := r.WriteParquet(&b); err == nil {
		t.Error("a string in an integer column is written")
	}
}
