package publish

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
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
	s, err := Open(dir, nil)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for name, content := range files {
		if err := s.Add(name, content); err != nil {
			return 0, 0, err
		}
	}
	return s.Publish()
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestPublish: an unchanged file is the same file in both versions, files that others added are kept, files that are no
// longer made are removed, and two versions are kept.
func TestPublish(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "site")
	must := func(files map[string][]byte, wantWritten, wantRemoved int) {
		t.Helper()
		written, removed, err := publish(dir, files)
		if err != nil {
			t.Fatal(err)
		}
		if written != wantWritten {
			t.Errorf("%d files written, want %d", written, wantWritten)
		}
		if removed != wantRemoved {
			t.Errorf("%d files removed, want %d", removed, wantRemoved)
		}
	}
	must(content("a.html", "1", "q/b.html", "1"), 3, 0)
	if err := os.WriteFile(filepath.Join(dir, "proof.txt"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	must(content("a.html", "1", "q/b.html", "1"), 0, 0)
	must(content("a.html", "1", "c.html", "2"), 2, 1)
	if got := readFile(t, filepath.Join(dir, "proof.txt")); got != "mine" {
		t.Errorf("a file that somebody else added holds %q", got)
	}
	if got := readFile(t, filepath.Join(dir, "c.html")); got != "2" {
		t.Errorf("a new file holds %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "q")); !os.IsNotExist(err) {
		t.Error("an empty folder is left")
	}
	old, err := os.Stat(filepath.Join(dir+"-versions", "1", "a.html"))
	if err != nil {
		t.Fatal(err)
	}
	now, err := os.Stat(filepath.Join(dir+"-versions", "2", "a.html"))
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(old, now) {
		t.Error("an unchanged file was written again")
	}
	// A version that somebody changed is repaired, and so is a link whose version is gone.
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
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "site")
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write("a.html", "old")
	write("gone.html", "old")
	write("proof.txt", "mine")
	write(SumsPath, "0  a.html\n0  gone.html\n")
	_, removed, err := publish(dir, content("a.html", "new"))
	if err != nil {
		t.Fatal(err)
	}
	if removed != 1 {
		t.Errorf("%d files removed, want 1", removed)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode()&os.ModeSymlink == 0 {
		t.Error("the site is not a link")
	}
	if got := readFile(t, filepath.Join(dir, "a.html")); got != "new" {
		t.Errorf("a changed file holds %q", got)
	}
	if got := readFile(t, filepath.Join(dir, "proof.txt")); got != "mine" {
		t.Errorf("a file that somebody else added holds %q", got)
	}
	if readFile(t, filepath.Join(dir+"-versions", "1", "gone.html")) != "old" {
		t.Error("the folder is not the version before")
	}
	other := filepath.Join(t.TempDir(), "site")
	if err := os.Symlink(t.TempDir(), other); err != nil {
		t.Fatal(err)
	}
	if _, _, err := publish(other, content("a.html", "new")); err == nil || !strings.Contains(err.Error(), "which Tidemark did not make; remove it") {
		t.Error(err)
	}
}

// TestPublishIsSeenWhole: visitors that read all files through one opened folder, as the preview does, never see files of
// two versions, and never none.
func TestPublishIsSeenWhole(t *testing.T) {
	t.Parallel()
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
	var begun, ended atomic.Int32 // versions
	var visitors sync.WaitGroup
	for range 4 {
		visitors.Go(func() {
			for visits := 0; ; visits++ {
				select {
				case <-done:
					return
				default:
				}
				first := ended.Load()
				root, err := os.OpenRoot(dir)
				if err != nil {
					t.Errorf("visit %d: %v", visits, err)
					return
				}
				seen, late := map[string]bool{}, false
				for n := range 20 {
					b, err := root.ReadFile(fmt.Sprintf("p%d.html", n))
					if late = errors.Is(err, fs.ErrNotExist) && begun.Load() > first+olderKept; late {
						break // since the visit began, so many others were published that this version was removed
					}
					if err != nil {
						t.Errorf("visit %d: %v", visits, err)
					}
					seen[string(b)] = true
				}
				root.Close()
				if len(seen) > 1 || len(seen) == 0 && !late {
					t.Errorf("visit %d saw %d versions", visits, len(seen))
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
	for i := range 30 {
		begun.Add(1)
		if _, _, err := publish(dir, version(i+1)); err != nil {
			t.Error(err)
		}
		ended.Add(1)
	}
	close(done)
	visitors.Wait()
}

// TestLinkedBytes: what is linked has the SHA-256 under which it is published, also where the published version has the file.
func TestLinkedBytes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "site")
	part := filepath.Join(t.TempDir(), "part")
	whole := File{Bytes: 5, SHA256: fmt.Sprintf("%x", sha256.Sum256([]byte("whole"))), From: part}
	write := func(text string) {
		t.Helper()
		if err := errors.Join(os.RemoveAll(part), os.WriteFile(part, []byte(text), 0o444)); err != nil {
			t.Fatal(err)
		}
	}
	link := func() (written int, err error) {
		s, err := Open(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if err := s.Link("part", whole); err != nil {
			return 0, err
		}
		written, _, err = s.Publish()
		return written, err
	}
	write("wrong")
	if _, err := link(); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("wrong bytes: %v", err)
	}
	write("whole")
	if written, err := link(); err != nil || written != 2 {
		t.Errorf("%d written, %v", written, err)
	}
	write("whole") // another inode
	published := filepath.Join(dir, "part")
	if err := errors.Join(os.Chmod(published, 0o644), os.WriteFile(published, []byte("wrong"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if written, err := link(); err != nil || written != 1 || readFile(t, published) != "whole" {
		t.Errorf("a published file that changed: %d written, %v", written, err)
	}
}
