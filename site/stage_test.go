package site

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func content(entries ...string) map[string][]byte {
	files := map[string][]byte{}
	for i := 0; i < len(entries); i += 2 {
		files[entries[i]] = []byte(entries[i+1])
	}
	return files
}

// publish makes the site at dir hold the files.
func publish(dir string, files map[string][]byte) (written, removed int, err error) {
	s, err := openStage(dir)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for name, content := range files {
		if err := s.add(name, content); err != nil {
			return 0, 0, err
		}
	}
	return s.publish()
}

func read1(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestPublish: what did not change is the same file in both versions, what others put there goes along, what is no
// longer made is gone, and two versions are kept.
func TestPublish(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "site")
	must := func(files map[string][]byte, wantWritten, wantRemoved int) {
		t.Helper()
		written, removed, err := publish(dir, files)
		if err != nil || written != wantWritten || removed != wantRemoved {
			t.Errorf("written %d, removed %d, %v; want %d and %d", written, removed, err, wantWritten, wantRemoved)
		}
	}
	must(content("a.html", "1", "q/b.html", "1"), 3, 0)
	if err := os.WriteFile(filepath.Join(dir, "proof.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	must(content("a.html", "1", "q/b.html", "1"), 0, 0)
	must(content("a.html", "1", "c.html", "2"), 2, 1)
	if read1(t, filepath.Join(dir, "proof.txt")) != "mine" || read1(t, filepath.Join(dir, "c.html")) != "2" {
		t.Error("the new version is not what it should be")
	}
	if _, err := os.Stat(filepath.Join(dir, "q")); !os.IsNotExist(err) {
		t.Error("an empty folder stays")
	}
	old, _ := os.Stat(filepath.Join(dir+"-versions", "1", "a.html"))
	now, _ := os.Stat(filepath.Join(dir+"-versions", "2", "a.html"))
	if old == nil || now == nil || !os.SameFile(old, now) {
		t.Error("an unchanged file was written anew")
	}
	// A version that somebody changed is mended, and so is a link whose version is gone.
	if err := os.Remove(filepath.Join(dir, "a.html")); err != nil {
		t.Fatal(err)
	}
	must(content("a.html", "1", "c.html", "2"), 1, 0)
	if err := os.RemoveAll(dir + "-versions"); err != nil {
		t.Fatal(err)
	}
	must(content("a.html", "1"), 2, 0)
	for i := range 4 {
		must(content("a.html", fmt.Sprint("new", i)), 2, 0)
	}
	if versions, _ := os.ReadDir(dir + "-versions"); len(versions) != 1+olderKept {
		t.Errorf("%d versions are kept, want %d", len(versions), 1+olderKept)
	}
}

// TestPublishFolder: a site that an earlier program left as a folder becomes the version before; a link that somebody
// else made is left alone.
func TestPublishFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "site")
	for name, text := range map[string]string{"a.html": "old", "gone.html": "old", "proof.txt": "mine"} {
		os.MkdirAll(dir, 0o755)
		os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
	}
	os.WriteFile(filepath.Join(dir, sumsPath), []byte("0  a.html\n0  gone.html\n"), 0o644)
	if _, removed, err := publish(dir, content("a.html", "new")); err != nil || removed != 1 {
		t.Fatal(removed, err)
	}
	if info, err := os.Lstat(dir); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the site is no link")
	}
	if read1(t, filepath.Join(dir, "a.html")) != "new" || read1(t, filepath.Join(dir, "proof.txt")) != "mine" {
		t.Error("the new version is not what it should be")
	}
	if read1(t, filepath.Join(dir+"-versions", "1", "gone.html")) != "old" {
		t.Error("the folder is not the version before")
	}
	other := filepath.Join(t.TempDir(), "site")
	os.Symlink(t.TempDir(), other)
	if _, _, err := publish(other, content("a.html", "new")); err == nil || !strings.Contains(err.Error(), "which Tidemark did not make; remove it") {
		t.Error(err)
	}
}

// TestPublishIsSeenWhole: visitors that read all files through one opened folder, as Handler does, never see files of
// two versions, nor none.
func TestPublishIsSeenWhole(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "site")
	version := func(i int) map[string][]byte {
		files := []string{}
		for n := range 20 {
			files = append(files, fmt.Sprintf("p%d.html", n), fmt.Sprint(i))
		}
		return content(files...)
	}
	if _, _, err := publish(dir, version(0)); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	var visitors sync.WaitGroup
	for range 4 {
		visitors.Go(func() {
			for visits := 0; ; visits++ {
				select {
				case <-done:
					return
				default:
				}
				root, err := os.OpenRoot(dir)
				if err != nil {
					t.Errorf("visit %d: %v", visits, err)
					return
				}
				seen := map[string]bool{}
				for n := range 20 {
					b, err := root.ReadFile(fmt.Sprintf("p%d.html", n))
					if err != nil {
						t.Errorf("visit %d: %v", visits, err)
					}
					seen[string(b)] = true
				}
				root.Close()
				if len(seen) != 1 {
					t.Errorf("visit %d saw %d versions", visits, len(seen))
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	for i := range 30 {
		if _, _, err := publish(dir, version(i+1)); err != nil {
			t.Error(err)
		}
	}
	close(done)
	visitors.Wait()
}
