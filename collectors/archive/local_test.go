package archive_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"tidemark/collectors/archive"
	"tidemark/internal/fetch"
)

// TestReserve: a local file leaves the reserve of the disk alone, also one that does not say how long it is, and nothing of it stays.
func TestReserve(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(file, make([]byte, 1000), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{file, "/dev/zero"} {
		free := uint64(100 << 20)
		if from == file {
			free = 10_500
		}
		a := &archive.Archive{Dir: t.TempDir(), Client: fetch.New(fetch.Options{Reserve: 10_000, Free: func(string) (uint64, error) {
			free -= min(free, 1<<20)
			return free + 500, nil
		}})}
		if _, err := a.AddFile(from, archive.Raw{Kind: "roas"}); !errors.Is(err, fetch.ErrSpace) {
			t.Errorf("%s: %v, want no space", from, err)
		}
		filepath.WalkDir(a.Dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				t.Errorf("%s stays", path)
			}
			return nil
		})
	}
}
