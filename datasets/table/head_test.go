package table_test

import (
	"strconv"
	"testing"

	"tidemark/datasets/table"
)

// TestHead: the first rows come in order, as many as asked for or as there are.
func TestHead(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	rows := make([]labelled, 25)
	for i := range rows {
		rows[i] = firstLabelled
		rows[i].Prefix = strconv.Itoa(i)
	}
	m := commitLabelled(t, store, rows...)
	for _, limit := range []int{-1, 0, 1, 10, 24, 25, 26, 1 << 20} {
		head, err := store.Head(labelledRows.Schema, m, limit)
		if err != nil {
			t.Fatal(err)
		}
		if want := min(max(limit, 0), len(rows)); len(head.Rows) != want {
			t.Errorf("limit %d: %d rows, want %d", limit, len(head.Rows), want)
		}
		for i, row := range head.Rows {
			if row[5] != strconv.Itoa(i) {
				t.Errorf("limit %d: row %d has prefix %v", limit, i, row[5])
			}
		}
	}
}
