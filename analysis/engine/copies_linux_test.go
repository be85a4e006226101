package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"

	"tidemark/internal/testkit"
)

// TestNoRoomForCopies: on a full disk, and where there can be no folder, the partitions are read, and nothing half is left.
func TestNoRoomForCopies(t *testing.T) {
	store := closedStore(t)
	file := filepath.Join(t.TempDir(), "copies")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := counts(t, store, file); !reflect.DeepEqual(got, wantCounts) {
		t.Errorf("a file in place of the folder: got %v, want %v", got, wantCounts)
	}
	full := fullDisk(t)
	if got := counts(t, store, full); !reflect.DeepEqual(got, wantCounts) {
		t.Errorf("a full disk: got %v, want %v", got, wantCounts)
	}
	if files, err := os.ReadDir(filepath.Join(full, "samples")); err == nil && len(files) > 0 {
		t.Errorf("a full disk: %v was left", files)
	}
	if err := os.Remove(filepath.Join(full, "ballast")); err != nil {
		t.Fatal(err)
	}
	if got := counts(t, store, full); !reflect.DeepEqual(got, wantCounts) {
		t.Errorf("with room again: got %v, want %v", got, wantCounts)
	}
	onlyCopy(t, full)
}

// fullDisk returns a folder on a disk of its own, which a file called ballast fills.
func fullDisk(t *testing.T) string {
	dir := t.TempDir()
	if err := syscall.Mount("tidemark-test", dir, "tmpfs", 0, "size=64k"); err != nil {
		testkit.Missing(t, "a small disk cannot be mounted: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	if err := os.Mkdir(filepath.Join(dir, "samples"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 1<<20), 0o644); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("%v, want a full disk", err)
	}
	return dir
}
