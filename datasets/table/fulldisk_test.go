package table

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tidemark/internal/testkit"
)

// TestFullDisk: a disk without room is an error that says so, wherever in the file it comes, and leaves nothing behind.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		testkit.Missing(t, "this system has no /dev/full")
	}
	type row struct {
		Number int64 `col:"number" doc:"a number"`
	}
	d := New[row](Doc{Name: "numbers", Version: 1, Row: "A number.", Partition: "a day"})
	store := &Store{Dir: t.TempDir(), Program: "test"}
	key := Key{Day: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), Name: "a"}
	temp := filepath.Join(filepath.Dir(store.path(d.File(key))), ".tmp-full")
	if err := os.MkdirAll(filepath.Dir(temp), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", temp); err != nil {
		t.Fatal(err)
	}
	c := store.Begin()
	device, err := os.OpenFile(temp, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.createIn(device, c, key); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("at the start of the file: %v", err)
	}
	c.Abort()
	c = store.Begin()
	w, err := d.Create(c, key)
	if err != nil {
		t.Fatal(err)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.out.Close()
	w.out, w.parquet.sink.Writer = full, full
	for i := range rowGroupRows + 10 {
		if err = w.Append(row{int64(i)}); err != nil {
			break
		}
	}
	w.See(int(w.Rows()))
	w.Keep(int(w.Rows()))
	if err == nil {
		_, err = c.Commit()
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("later in the file: %v", err)
	}
	c.Abort()
	if files, _ := os.ReadDir(filepath.Dir(temp)); len(files) != 0 {
		t.Errorf("left behind: %v", files)
	}
}
