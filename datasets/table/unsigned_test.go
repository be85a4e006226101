package table_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/datasets/table"
)

// unsigned has 100 test rows as files had them once, their numbers without a sign in 32 bits.
const unsigned = "testdata/unsigned.parquet"

// TestUnsigned: a partition whose numbers have 32 bits gives the rows of one whose numbers have 64, also beside it.
func TestUnsigned(t *testing.T) {
	checkRows(t, unsigned, 100, testRow)
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	m := commit(t, store, "a", 100)
	var types []any
	for _, path := range []string{unsigned, store.Path(m).String()} {
		var number, list any
		query(t, []any{&number, &list}, fmt.Sprintf("SELECT typeof(u), typeof(nums) FROM '%s' LIMIT 1", path))
		types = append(types, number, list)
	}
	if got := fmt.Sprint(types); got != "[UINTEGER UINTEGER[] BIGINT BIGINT[]]" {
		t.Errorf("the types are %s", got)
	}
	var together, apart any
	query(t, []any{&together}, fmt.Sprintf("SELECT sum(hash(t, u, nums)) FROM (SELECT t, u::BIGINT AS u, nums::BIGINT[] AS nums FROM read_parquet(['%s', '%s']))", unsigned, store.Path(m)))
	query(t, []any{&apart}, fmt.Sprintf("SELECT 2 * sum(hash(t, u, nums)) FROM '%s'", store.Path(m)))
	if fmt.Sprint(together) != fmt.Sprint(apart) {
		t.Errorf("DuckDB reads other values of the two together: %v, want %v", together, apart)
	}
	c := store.Begin()
	defer c.Abort()
	w, err := rows.CreateCompacted(c, table.Key{Day: day, Name: "month"})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []table.Path{table.PathOf(unsigned), store.Path(m)} {
		if err := w.AppendFile(path); err != nil {
			t.Fatal(err)
		}
	}
	compacted, err := c.Commit()
	if err != nil {
		t.Fatal(err)
	}
	checkRows(t, store.Path(compacted[0]).String(), 200, func(i int) row { return testRow(i % 100) })
}

type signed struct {
	Number int64 `col:"number" doc:"an integer"`
}

type positive struct {
	Number uint32 `col:"number" doc:"an integer without a sign"`
}

// TestNoUnsignedNumber: a number that a column cannot have is an error that names it, and not another number.
func TestNoUnsignedNumber(t *testing.T) {
	doc := table.Doc{Name: "numbers", Version: 1, Partition: "a test", Row: "A number."}
	writing, reading := table.New[signed](doc), table.New[positive](doc)
	for _, number := range []int64{-1, 1 << 32, -1 << 63, 1<<32 - 1} {
		path := filepath.Join(t.TempDir(), "numbers.parquet")
		store := &table.Store{Dir: t.TempDir(), Program: "test"}
		c := store.Begin()
		w, err := writing.Create(c, table.Key{Day: day, Name: "a"})
		if err != nil {
			t.Fatal(err)
		}
		w.See(1)
		w.Keep(1)
		if err := w.Append(signed{number}); err != nil {
			t.Fatal(err)
		}
		all, err := c.Commit()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(store.Path(all[0]).String(), path); err != nil {
			t.Fatal(err)
		}
		for got, err := range reading.Scan(table.PathOf(path)) {
			if number == 1<<32-1 {
				if err != nil || got.Number != 1<<32-1 {
					t.Errorf("%d: %v, %v", number, got.Number, err)
				}
			} else if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("column number: it has %d", number)) {
				t.Errorf("%d: %v", number, err)
			}
		}
	}
}
