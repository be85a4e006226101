package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark/analysis/engine"
	"tidemark/datasets/table"
	"tidemark/internal/atomicfile"
	"tidemark/internal/testkit/tables"
)

// closedStore returns a store with a closed month of two partitions and the beginning of another one.
func closedStore(t *testing.T) *table.Store {
	store := tables.Store(t)
	for _, day := range []int{1, 2, 32} {
		at := time.Date(2003, 7, day, 0, 0, 0, 0, time.UTC)
		tables.Commit(t, store, samples, table.Key{Day: at, Name: "a"}, sample{Name: "a", Count: int64(day), At: at, Day: at})
	}
	return store
}

// counts returns what a question reads of the store of closedStore.
func counts(t *testing.T, store *table.Store, copies string) [][]any {
	t.Helper()
	got, err := open(t, store, engine.Options{Copies: copies}).Query(t.Context(), "SELECT count FROM samples")
	if err != nil {
		t.Fatal(err)
	}
	return got.Rows
}

var wantCounts = [][]any{{int64(1)}, {int64(2)}, {int64(32)}}

// onlyCopy returns the path of the only copy, and its bytes.
func onlyCopy(t *testing.T, folder string) (string, []byte) {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(folder, "samples"))
	if err != nil || len(files) != 1 || !strings.HasPrefix(files[0].Name(), "2003-07-") {
		t.Fatalf("%v, %v; want one copy of July", files, err)
	}
	path := filepath.Join(folder, "samples", files[0].Name())
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, content
}

// TestDamagedCopies: whatever lies at the place of a copy, the answer is that of the partitions, and the copy is made again.
func TestDamagedCopies(t *testing.T) {
	store, folder := closedStore(t), filepath.Join(t.TempDir(), "copies")
	if got := counts(t, store, folder); !reflect.DeepEqual(got, wantCounts) {
		t.Fatalf("got %v, want %v", got, wantCounts)
	}
	outside := filepath.Join(t.TempDir(), "outside")
	if err := errors.Join(os.Mkdir(outside, 0o755), os.WriteFile(filepath.Join(outside, "x"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	rewrite := func(change func([]byte) []byte) func(string, []byte) error {
		return func(path string, b []byte) error { return os.WriteFile(path, change(b), 0o644) }
	}
	for name, damage := range map[string]func(path string, b []byte) error{
		"cut":   rewrite(func(b []byte) []byte { return b[:len(b)/2] }),
		"empty": rewrite(func(b []byte) []byte { return nil }),
		"long":  func(path string, _ []byte) error { return os.Truncate(path, 1<<40) },
		"other bytes, at another time": rewrite(func(b []byte) []byte {
			b[len(b)/2] ^= 1
			return b
		}),
		"other bytes, with the times of before": func(path string, b []byte) error {
			info, err := os.Stat(path)
			b[5] ^= 1
			return errors.Join(err, os.WriteFile(path, b, 0o644), os.Chtimes(path, info.ModTime(), info.ModTime()))
		},
		"gone": func(path string, _ []byte) error { return os.Remove(path) },
		"a folder": func(path string, _ []byte) error {
			return errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "below"), 0o755))
		},
		"a link to nothing": func(path string, _ []byte) error { return errors.Join(os.Remove(path), os.Symlink("nothing", path)) },
		"a link to itself":  func(path string, _ []byte) error { return errors.Join(os.Remove(path), os.Symlink(path, path)) },
		"a pipe":            func(path string, _ []byte) error { return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o644)) },
		"a folder where it is written": func(path string, _ []byte) error {
			return errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(filepath.Dir(path), atomicfile.TempPrefix+filepath.Base(path)[:len("2003-07-")+33], "below"), 0o755))
		},
		"a file in place of the dataset's folder": func(path string, _ []byte) error {
			return errors.Join(os.RemoveAll(filepath.Dir(path)), os.WriteFile(filepath.Dir(path), nil, 0o644))
		},
		"a link in place of the dataset's folder": func(path string, _ []byte) error {
			return errors.Join(os.RemoveAll(filepath.Dir(path)), os.Symlink(outside, filepath.Dir(path)))
		},
		"a damaged ledger": func(string, []byte) error {
			ledger := filepath.Join(folder, "checksums")
			return errors.Join(os.RemoveAll(ledger), os.WriteFile(ledger, []byte("x"), 0o644))
		},
		"a folder in place of the ledger": func(string, []byte) error {
			ledger := filepath.Join(folder, "checksums")
			return errors.Join(os.RemoveAll(ledger), os.Mkdir(ledger, 0o755))
		},
	} {
		path, before := onlyCopy(t, folder)
		then := time.Now().Add(-time.Hour) // old enough for its SHA-256 to be remembered
		if err := os.Chtimes(path, then, then); err != nil {
			t.Fatal(err)
		}
		counts(t, store, folder)
		if err := damage(path, append([]byte{}, before...)); err != nil {
			t.Fatal(name, err)
		}
		for range 2 { // made again, and read
			if got := counts(t, store, folder); !reflect.DeepEqual(got, wantCounts) {
				t.Errorf("%s: got %v, want %v", name, got, wantCounts)
			}
			if _, after := onlyCopy(t, folder); !reflect.DeepEqual(after, before) {
				t.Errorf("%s: the copy was not made again as it was", name)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(outside, "x")); err != nil {
		t.Error("what a link led to was removed:", err)
	}
}

// TestForeignCopy: another table of the same columns in its place is not believed.
func TestForeignCopy(t *testing.T) {
	store, folder := closedStore(t), filepath.Join(t.TempDir(), "copies")
	counts(t, store, folder)
	path, _ := onlyCopy(t, folder)
	other, err := store.Manifests(samples.Schema)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(store.Path(other[2]).String())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := counts(t, store, folder); !reflect.DeepEqual(got, wantCounts) {
		t.Errorf("got %v, want %v", got, wantCounts)
	}
}

// TestCopiesOfNothing: with the last partition of a dataset its copies go.
func TestCopiesOfNothing(t *testing.T) {
	store, folder := closedStore(t), filepath.Join(t.TempDir(), "copies")
	counts(t, store, folder)
	all, err := store.Manifests(samples.Schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if err := store.Remove(m); err != nil {
			t.Fatal(err)
		}
	}
	if got := counts(t, store, folder); len(got) > 0 {
		t.Errorf("got %v, want nothing", got)
	}
	if files, err := os.ReadDir(filepath.Join(folder, "samples")); err != nil || len(files) > 0 {
		t.Errorf("%v, %v were left", files, err)
	}
}
