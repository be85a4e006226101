package checksum

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// TestSum: a file is read again when it may have changed, and only then.
func TestSum(t *testing.T) {
	if _, known := stateOf(t.TempDir()); !known {
		t.Skip("files have no inodes on " + runtime.GOOS + ": every file is read")
	}
	dir := t.TempDir()
	path, old := filepath.Join(dir, "a"), time.Now().Add(-time.Hour).Truncate(time.Second)
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	l := Open(filepath.Join(dir, "ledger"))
	sum := func() string {
		t.Helper()
		s, _, err := l.Sum(path)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	// remembered reports whether the next Sum does not read the file.
	remembered := func() bool {
		s, _ := stateOf(path)
		_, ok := l.look(s)
		return ok
	}
	write("one")
	one := sum()
	if !remembered() {
		t.Error("a file that was read is not remembered")
	}
	time.Sleep(20 * time.Millisecond) // more than a tick of the file system's clock
	write("two")
	if remembered() || sum() == one {
		t.Error("other bytes of the same size and time of modification pass for the old ones")
	}
	write("one")
	if sum() != one {
		t.Error("the same bytes have another checksum")
	}
	if err := l.Save(); err != nil {
		t.Fatal(err)
	}
	l = Open(filepath.Join(dir, "ledger"))
	if !remembered() {
		t.Error("the next process does not know the file")
	}
	link := func() error { return os.Link(path, path+".second") }
	if err := l.Linking([]string{path}, link); err != nil || !remembered() {
		t.Errorf("a second name makes it forget: %v", err)
	}
	longer := func() error { return os.WriteFile(path, []byte("three"), 0o644) }
	if err := l.Linking([]string{path}, longer); err != nil || remembered() {
		t.Errorf("a file that grew while it was linked is remembered: %v", err)
	}
	if err := os.Chtimes(path, time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if sum(); remembered() {
		t.Error("a file that may still change within the tick of a clock is remembered")
	}
	if err := os.WriteFile(l.file, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if l = Open(l.file); remembered() {
		t.Error("a damaged ledger knows something")
	}
	if _, _, err := l.Sum(dir); err == nil {
		t.Error("a folder has a checksum")
	}
	if s, _, err := (*Ledger)(nil).Sum(path); err != nil || s == one {
		t.Errorf("without a ledger: %s, %v", s, err)
	}
}
