package table_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tidemark/datasets/table"
)

// scalarRow has every type that a column of a part may have.
type scalarRow struct {
	Peer   string     `col:"peer" doc:"a text"`
	Number uint32     `col:"number" doc:"a number"`
	Path   string     `col:"path" doc:"a text"`
	Set    bool       `col:"set" doc:"a truth value"`
	Count  int64      `col:"count" doc:"a count"`
	MED    *int64     `col:"med" doc:"a number or null"`
	Share  float64    `col:"share" doc:"a share"`
	Part   *float64   `col:"part" doc:"a share or null"`
	Time   time.Time  `col:"at" doc:"a time"`
	Until  *time.Time `col:"until" doc:"a time or null"`
	Day    time.Time  `col:"of,date" doc:"a day"`
	Own    string     `col:"own" doc:"a text of the row's own"`
	ID     *int64     `col:"id" doc:"a number of the row's own, or null"`
}

var scalarRows = table.New[scalarRow](table.Doc{Name: "test_scalars", Version: 1, Partition: "a test", Row: "A row of a test."})

func scalarOf(combination int) scalarRow {
	r := scalarRow{
		Path: fmt.Sprint("path ", combination, strings.Repeat(" 64496", combination%9)), Set: combination%3 == 0, Count: int64(combination), Share: float64(combination) / 8,
		Time: day.Add(time.Duration(combination) * time.Second), Day: day.AddDate(0, 0, combination%30),
	}
	if combination%2 == 0 {
		r.MED, r.Part, r.Until = ptr(int64(combination%5)), ptr(1/float64(combination+1)), ptr(r.Time)
	}
	return r
}

// TestParts writes the same rows one by one and in parts, over several row groups. The rows read are the same. The files are too, where
// the first rows show which texts have a dictionary: for parts, all rows of a row group decide that.
func TestParts(t *testing.T) {
	for name, combinations := range map[string]int{"few": 40, "many": 100_000, "as many as rows": 1 << 40} {
		random := rand.New(rand.NewPCG(1, 2))
		rows := make([]scalarRow, 2*rowGroupRows+1000)
		sets := make([]int, len(rows))
		for i := range rows {
			sets[i] = i
			if combinations < len(rows) {
				sets[i] = random.IntN(combinations)
			}
			rows[i] = scalarOf(sets[i])
			peer := i % 7
			rows[i].Peer, rows[i].Number, rows[i].Own = fmt.Sprint("peer ", peer), uint32(peer), fmt.Sprint(i/3)
			if i%5 == 0 {
				rows[i].ID = ptr(int64(i % 1000))
			}
		}
		whole := written(t, func(w *table.Writer[scalarRow]) error { return w.Append(rows...) }, len(rows))
		parts := written(t, func(w *table.Writer[scalarRow]) error {
			byPeer := w.Part("peer", "number")
			bySet := w.Part("path", "set", "count", "med", "share", "part", "at", "until", "of")
			group, peers, known := -1, map[string]int32{}, map[int]int32{}
			for i := range rows {
				if w.Group() != group {
					group = w.Group()
					clear(peers)
					clear(known)
				}
				peer, ok := peers[rows[i].Peer]
				if !ok {
					peer = byPeer.Add(&scalarRow{Peer: rows[i].Peer, Number: rows[i].Number})
					peers[rows[i].Peer] = peer
				}
				set, ok := known[sets[i]]
				if !ok {
					values := scalarOf(sets[i])
					set = bySet.Add(&values)
					known[sets[i]] = set
				}
				if err := w.AppendParts(&scalarRow{Own: rows[i].Own, ID: rows[i].ID}, peer, set); err != nil {
					return err
				}
			}
			return nil
		}, len(rows))
		if combinations < 1000 && !bytes.Equal(whole, parts) {
			t.Errorf("%s combinations: %d bytes row by row, and %d others in parts", name, len(whole), len(parts))
		}
		i := 0
		for row, err := range scalarRows.Scan(tempFile(t, parts)) {
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(row, rows[i]) {
				t.Fatalf("%s combinations, row %d: %+v, want %+v", name, i, row, rows[i])
			}
			i++
		}
		if i != len(rows) {
			t.Errorf("%s combinations: %d rows, want %d", name, i, len(rows))
		}
	}
}

func tempFile(t *testing.T, b []byte) string {
	path := filepath.Join(t.TempDir(), "rows.parquet")
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// written returns the file of a partition of n rows.
func written(t *testing.T, fill func(*table.Writer[scalarRow]) error, n int) []byte {
	t.Helper()
	store := &table.Store{Dir: t.TempDir(), Program: "test"}
	c := store.Begin()
	defer c.Abort()
	w, err := scalarRows.Create(c, table.Key{Day: day, Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	w.See(n)
	w.Keep(n)
	if err := fill(w); err != nil {
		t.Fatal(err)
	}
	m, err := c.Commit()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(store.Path(m[0]))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPartAllocates: a row that names what its row group has costs no memory of its own.
func TestPartAllocates(t *testing.T) {
	c := (&table.Store{Dir: t.TempDir(), Program: "test"}).Begin()
	defer c.Abort()
	w, err := scalarRows.Create(c, table.Key{Day: day, Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	part := w.Part("peer", "number", "path", "set", "count", "med", "share", "part", "at", "until", "of")
	values := scalarOf(1)
	number := part.Add(&values)
	if n := testing.AllocsPerRun(rowGroupRows/2, func() {
		if err := w.AppendParts(&values, number); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations a row", n)
	}
}
