// Package tables decodes files and commits rows for tests.
package tables

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets/table"
)

// Store returns an empty store that lasts as long as the test.
func Store(t testing.TB) *table.Store {
	t.Helper()
	return &table.Store{Dir: t.TempDir(), Program: "test"}
}

// Decode decodes a file as a source of the collector's kind and commits the rows to the store. name is the source's name,
// day the day that the source gives the file; zero if the file says so itself. An error of the decoder is returned and
// leaves the store as it was; any other ends the test.
func Decode(t testing.TB, store *table.Store, c collectors.Kind, name, file string, day time.Time) ([]*table.Manifest, error) {
	t.Helper()
	raw, err := archive.RawFile(c.Name(), name, file, day)
	if err != nil {
		t.Fatal(err)
	}
	into := store.Begin(raw.Input())
	defer into.Abort()
	if err := c.Decode(context.Background(), raw, into); err != nil {
		return nil, err
	}
	manifests, err := into.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return manifests, nil
}

// Try decodes a content as Decode does, and removes what came of it from the store: a fuzzer needs no folder of its own for each input.
func Try(t testing.TB, store *table.Store, c collectors.Kind, name, content string, day time.Time) {
	t.Helper()
	file := filepath.Join(store.Dir, name)
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	manifests, _ := Decode(t, store, c, "", file, day)
	for _, m := range manifests {
		if err := store.Remove(m); err != nil {
			t.Fatal(err)
		}
	}
}

// Write adds a partition with the rows to a commit, which the caller completes.
func Write[Row any](t testing.TB, into *table.Commit, dataset *table.Dataset[Row], key table.Key, rows ...Row) {
	t.Helper()
	w, err := dataset.Create(into, key)
	if err != nil {
		t.Fatal(err)
	}
	w.Unit = "row"
	w.See(len(rows))
	w.Keep(len(rows))
	if err := w.Append(rows...); err != nil {
		t.Fatal(err)
	}
}

// Commit commits one partition with the rows to the store and returns its manifest.
func Commit[Row any](t testing.TB, store *table.Store, dataset *table.Dataset[Row], key table.Key, rows ...Row) *table.Manifest {
	t.Helper()
	into := store.Begin()
	defer into.Abort()
	Write(t, into, dataset, key, rows...)
	manifests, err := into.Commit()
	if err != nil {
		t.Fatal(err)
	}
	return manifests[0]
}

// Rows reads the rows of a partition.
func Rows[Row any](t testing.TB, store *table.Store, dataset *table.Dataset[Row], m *table.Manifest) (rows []Row) {
	t.Helper()
	for row, err := range dataset.Scan(store.Path(m)) {
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}
