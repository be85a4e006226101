package table_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/datasets/table"
	"tidemark/internal/testkit/fuzz"

	_ "github.com/duckdb/duckdb-go/v2"
)

const rowGroupRows = 256 << 10

// emptyRow has nothing in any column.
func emptyRow(int) row {
	return row{T: time.Unix(0, 0).UTC(), D: time.Unix(0, 0).UTC()}
}

// distinctRow has a text that no other row has and that begins as that of its neighbours, so that it has no dictionary.
func distinctRow(i int) row {
	r := testRow(i)
	r.S = fmt.Sprintf("2001:db8:%x::/48", i)
	return r
}

// longRow has texts and lists that are long.
func longRow(i int) row {
	r := testRow(i)
	r.S = strings.Repeat("é", 3000+i%1000)
	for n := range 300 {
		r.List = append(r.List, fmt.Sprint("element ", n))
		r.Nums = append(r.Nums, uint32(n))
	}
	return r
}

// hugeRow has a text of which a row group is too long for one page.
func hugeRow(i int) row {
	r := emptyRow(i)
	r.S = fmt.Sprint(i, strings.Repeat(" ", 6000))
	return r
}

// turningRow has texts that repeat in the first row group and are distinct afterwards.
func turningRow(i int) row {
	if i < rowGroupRows {
		return testRow(i)
	}
	return distinctRow(i)
}

func write(t testing.TB, n int, rowOf func(int) row) (path string, size int64) {
	t.Helper()
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	c := store.Begin()
	defer c.Abort()
	w, err := rows.Create(c, table.Key{Day: day, Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	w.See(n)
	w.Keep(n)
	for i := range n {
		if err := w.Append(rowOf(i)); err != nil {
			t.Fatal(err)
		}
	}
	m, err := c.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return store.Path(m[0]).String(), m[0].Bytes
}

func query(t *testing.T, into []any, statement string, arguments ...any) {
	t.Helper()
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(statement, arguments...).Scan(into...); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

// asText is the SQL that makes a row what (row).text does.
const asText = `concat_ws('|', s, b, i, u, (f * 4)::BIGINT, epoch_us(t), d - DATE '1970-01-01', coalesce(ni::VARCHAR, '-'),
	coalesce(nf::BIGINT::VARCHAR, '-'), coalesce(epoch_us(nt)::VARCHAR, '-'), coalesce((nd - DATE '1970-01-01')::VARCHAR, '-'),
	len(list), array_to_string(list, ' '), len(nums), array_to_string(nums, ' '))`

func (r row) text() string {
	days := func(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }
	ni, nf, nt, nd := "-", "-", "-", "-"
	if r.NI != nil {
		ni, nf, nt, nd = fmt.Sprint(*r.NI), fmt.Sprint(int64(*r.NF)), fmt.Sprint(r.NT.UnixMicro()), fmt.Sprint(days(*r.ND))
	}
	return fmt.Sprintf("%s|%t|%d|%d|%d|%d|%d|%s|%s|%s|%s|%d|%s|%d|%s", r.S, r.B, r.I, r.U, int64(r.F*4), r.T.UnixMicro(), days(r.D),
		ni, nf, nt, nd, len(r.List), strings.Join(r.List, " "), len(r.Nums), strings.Trim(fmt.Sprint(r.Nums), "[]"))
}

// TestEveryTypeComesBack reads files of all types with the package's reader and with DuckDB.
func TestEveryTypeComesBack(t *testing.T) {
	for _, c := range []struct {
		name  string
		rowOf func(int) row
		sizes []int
	}{
		{"typical", testRow, []int{0, 1, 2, 1000, 64 << 10, 64<<10 + 1, rowGroupRows, rowGroupRows + 1}},
		{"empty", emptyRow, []int{1, 3, 20_000}},
		{"distinct", distinctRow, []int{1, 2, 1000, 20_000}},
		{"long", longRow, []int{1, 500}},
		{"huge", hugeRow, []int{12_000}},
		{"turning", turningRow, []int{rowGroupRows + 20_000}},
	} {
		for _, n := range c.sizes {
			t.Run(fmt.Sprintf("%s %d", c.name, n), func(t *testing.T) {
				if testing.Short() && n > 100_000 {
					t.Skip("a file of many rows")
				}
				path, _ := write(t, n, c.rowOf)
				checkRows(t, path, n, c.rowOf)
				compareWithDuckDB(t, path, n, c.rowOf)
			})
		}
	}
}

func compareWithDuckDB(t *testing.T, path string, n int, rowOf func(int) row) {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	read, err := db.Query("SELECT "+asText+" FROM read_parquet(?, file_row_number = true) ORDER BY file_row_number", path)
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	i := 0
	for ; read.Next(); i++ {
		var got string
		if err := read.Scan(&got); err != nil {
			t.Fatal(err)
		}
		if want := rowOf(i).text(); got != want {
			t.Fatalf("DuckDB, row %d:\n got %s\nwant %s", i, got, want)
		}
	}
	if err := read.Err(); err != nil || i != n {
		t.Fatalf("DuckDB reads %d rows, want %d (%v)", i, n, err)
	}
}

// TestStatistics reads the minima and maxima that let readers skip row groups.
func TestStatistics(t *testing.T) {
	const n = rowGroupRows + 1000
	for name, rowOf := range map[string]func(int) row{"dictionary": testRow, "distinct": distinctRow} {
		path, _ := write(t, n, rowOf)
		for group, span := range [][2]int{{0, rowGroupRows}, {rowGroupRows, n}} {
			least, greatest := rowOf(span[0]), rowOf(span[0])
			for i := span[0]; i < span[1]; i++ {
				r := rowOf(i)
				least.S, greatest.S = min(least.S, r.S), max(greatest.S, r.S)
				least.U, greatest.U = min(least.U, r.U), max(greatest.U, r.U)
			}
			for column, want := range map[string][2]string{
				"s": {least.S, greatest.S}, "u": {fmt.Sprint(least.U), fmt.Sprint(greatest.U)},
				"i": {fmt.Sprint(span[0] - 5), fmt.Sprint(span[1] - 6)},
			} {
				var lowest, highest, nulls any
				query(t, []any{&lowest, &highest, &nulls}, `SELECT stats_min_value, stats_max_value, stats_null_count
					FROM parquet_metadata(?) WHERE path_in_schema = ? AND row_group_id = ?`, path, column, group)
				if lowest != want[0] || highest != want[1] || nulls != int64(0) {
					t.Errorf("%s: column %s of row group %d is from %v to %v with %v nulls, want from %q to %q with 0", name, column, group, lowest, highest, nulls, want[0], want[1])
				}
			}
			var nulls int64
			query(t, []any{&nulls}, "SELECT stats_null_count FROM parquet_metadata(?) WHERE path_in_schema = 'ni' AND row_group_id = ?", path, group)
			if want := int64(span[1]-span[0]) / 2; nulls != want {
				t.Errorf("%s: row group %d has %d nulls, want %d", name, group, nulls, want)
			}
		}
	}
}

// TestDistinctTextsAreSmall holds what delta encoding is for.
func TestDistinctTextsAreSmall(t *testing.T) {
	path, _ := write(t, 20_000, distinctRow)
	var encodings string
	var size int64
	query(t, []any{&encodings, &size}, "SELECT encodings, total_compressed_size FROM parquet_metadata(?) WHERE path_in_schema = 's'", path)
	if !strings.Contains(encodings, "DELTA_BYTE_ARRAY") || size > 25_000 {
		t.Errorf("20,000 neighbouring prefixes take %d bytes as %s", size, encodings)
	}
}

// TestLongColumnsAreSplit holds that a page stays within bounds.
func TestLongColumnsAreSplit(t *testing.T) {
	path, _ := write(t, 12_000, hugeRow)
	var groups, longest int64
	query(t, []any{&groups, &longest}, "SELECT count(*), max(total_uncompressed_size) FROM parquet_metadata(?) WHERE path_in_schema = 's'", path)
	if groups != 2 || longest > 64<<20 {
		t.Errorf("%d row groups, of which one has %d bytes of texts", groups, longest)
	}
}

func TestResultComesBackFromParquet(t *testing.T) {
	columns := []table.ResultColumn{{"name", table.String}, {"n", table.Int64}, {"share", table.Float64}, {"at", table.Timestamp}, {"day", table.Date}, {"yes", table.Bool}, {"tags", table.Strings}}
	some := []any{"a", int64(7), 0.5, day.Add(time.Hour), day, true, []string{"x", "", "z"}}
	empty := []any{"", int64(0), 0.0, day, day, false, []string{}}
	none := make([]any, len(columns))
	for name, c := range map[string]struct {
		rows [][]any
		want string
	}{
		"no row":  {nil, ""},
		"nulls":   {[][]any{none, none}, "0 -|-|-|-|-|-|-\n1 -|-|-|-|-|-|-"},
		"mixture": {[][]any{none, some, empty, none, some}, "0 -|-|-|-|-|-|-\n1 a|7|0.5|2014-05-30 01:00:00|2014-05-30|true|[x, '', z]\n2 |0|0.0|2014-05-30 00:00:00|2014-05-30|false|[]\n3 -|-|-|-|-|-|-\n4 a|7|0.5|2014-05-30 01:00:00|2014-05-30|true|[x, '', z]"},
	} {
		path := filepath.Join(t.TempDir(), "result.parquet")
		out, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := (&table.Result{Columns: columns, Rows: c.rows}).WriteParquet(out); err != nil {
			t.Fatal(err)
		}
		if err := out.Close(); err != nil {
			t.Fatalf("WriteParquet closes its writer: %v", err)
		}
		var got string
		query(t, []any{&got}, `SELECT coalesce(string_agg(file_row_number || ' ' || concat_ws('|', coalesce(name, '-'), coalesce(n::VARCHAR, '-'), coalesce(share::VARCHAR, '-'),
			coalesce("at"::VARCHAR, '-'), coalesce("day"::VARCHAR, '-'), coalesce(yes::VARCHAR, '-'), coalesce(tags::VARCHAR, '-')), chr(10) ORDER BY file_row_number), '')
			FROM read_parquet(?, file_row_number = true)`, path)
		if got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// TestWriteErrorsAreReported fails at every byte of a file.
func TestWriteErrorsAreReported(t *testing.T) {
	r := &table.Result{Columns: []table.ResultColumn{{"n", table.Int64}}, Rows: [][]any{{int64(1)}, {nil}}}
	var whole strings.Builder
	if err := r.WriteParquet(&whole); err != nil {
		t.Fatal(err)
	}
	for room := range whole.Len() {
		if err := r.WriteParquet(&limited{room}); err == nil || err.Error() != "full" {
			t.Fatalf("with room for %d of %d bytes: %v", room, whole.Len(), err)
		}
	}
}

type limited struct{ room int }

func (l *limited) Write(b []byte) (int, error) {
	if l.room -= len(b); l.room < 0 {
		return 0, fmt.Errorf("full")
	}
	return len(b), nil
}

// TestForeignFiles opens files that are not of the dataset.
func TestForeignFiles(t *testing.T) {
	const good = "'' s, true b, 1::BIGINT i, 1::UINTEGER u, 1::DOUBLE f, TIMESTAMP '2014-05-30' t, DATE '2014-05-30' d"
	for name, c := range map[string]struct{ columns, want string }{
		"columns missing": {good, "it has 7 columns (want 13, as schema version 1 of test_rows)"},
		"optional":        {good + ", 1::BIGINT ni, 1::DOUBLE nf, TIMESTAMP '2014-05-30' nt, DATE '2014-05-30' nd, ['a'] list, [1::UINTEGER] nums", "column s is stored as optional"},
		"other name":      {strings.Replace(good, " s,", " words,", 1) + ", 1::BIGINT ni, 1::DOUBLE nf, TIMESTAMP '2014-05-30' nt, DATE '2014-05-30' nd, ['a'] list, [1::UINTEGER] nums", "column 1 is words (want s)"},
	} {
		path := filepath.Join(t.TempDir(), "foreign.parquet")
		var n any
		query(t, []any{&n}, fmt.Sprintf("COPY (SELECT %s) TO '%s' (FORMAT parquet)", c.columns, path))
		for _, err := range rows.Scan(table.PathOf(path)) {
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v, want %q", name, err, c.want)
			}
		}
	}
}

// FuzzScan reads damaged files: whatever the bytes, it ends with rows or an error.
func FuzzScan(t *testing.F) {
	f := fuzz.With(t)
	for _, n := range []int{0, 50} {
		path, _ := write(f, n, testRow)
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content, 0, byte(0))
		for at := 0; at < len(content); at += 101 {
			f.Add(content, at, byte(0xff))
			f.Add(content, at, byte(1))
		}
	}
	path := filepath.Join(f.TempDir(), "a.parquet")
	f.Fuzz(func(t *testing.T, content []byte, at int, flipped byte) {
		if at >= 0 && at < len(content) {
			content = append([]byte(nil), content...)
			content[at] ^= flipped
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err := range rows.Scan(table.PathOf(path)) {
			if err != nil {
				return
			}
			if n++; n > 1<<20 {
				t.Fatal("more rows than so few bytes can have")
			}
		}
	})
}
