package tree_test

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tidemark/internal/testkit"
	"tidemark/internal/tree"
)

// TestLinksOut: what a link leads to outside of a tree is neither opened, nor made, nor moved there.
func TestLinksOut(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	if err := errors.Join(os.WriteFile(filepath.Join(outside, "x"), nil, 0o644), os.WriteFile(filepath.Join(dir, "x"), nil, 0o644),
		os.Symlink(outside, filepath.Join(dir, "out")), os.Symlink(outside, filepath.Join(dir, tree.DamagedDir)), os.Symlink("x", filepath.Join(dir, "in")),
		os.Symlink("gone", filepath.Join(dir, "nothing")), os.Symlink("loop", filepath.Join(dir, "loop"))); err != nil {
		testkit.Missing(t, "%v", err)
	}
	for name, c := range map[string]struct{ opens, foreign, irregular bool }{
		"x": {opens: true}, "in": {opens: true}, "out/x": {foreign: true}, "out": {foreign: true}, ".": {foreign: true, irregular: true}, "missing": {},
		"nothing": {foreign: true, irregular: true}, "loop": {foreign: true, irregular: true},
	} {
		f, err := tree.Open(dir, name)
		if err == nil {
			f.Close()
		}
		if (err == nil) != c.opens || tree.Foreign(err) != c.foreign || errors.Is(err, tree.ErrIrregular) != c.irregular {
			t.Errorf("%s: %v, want %+v", name, err, c)
		}
	}
	if err := tree.MakeFolder(dir, "out/new"); err == nil {
		t.Error("a folder was made outside")
	}
	if err := tree.SetAside(dir, "x", fs.ErrInvalid, "x"); err == nil {
		t.Error("a file was moved out")
	}
	if found, _ := os.ReadDir(outside); len(found) != 1 {
		t.Errorf("outside are %v", found)
	}
}

// TestSetAside: what is there of the files is moved, with a reason that can be read again.
func TestSetAside(t *testing.T) {
	dir := t.TempDir()
	if found, err := tree.Reasons(dir); err != nil || len(found) > 0 {
		t.Errorf("%v, %v, want nothing aside", found, err)
	}
	if err := errors.Join(tree.MakeFolder(dir, "a"), os.WriteFile(filepath.Join(dir, "a", "x"), []byte("rotten"), 0o644)); err != nil {
		t.Fatal(err)
	}
	if err := tree.SetAside(dir, "a/x", errors.New("it rots, in /home/somebody/folder"), "a/note", "a/x"); err != nil {
		t.Fatal(err)
	}
	aside := filepath.Join(dir, tree.DamagedDir, "a", "x")
	if b, err := os.ReadFile(aside); err != nil || string(b) != "rotten" {
		t.Errorf("aside lies %q, %v", b, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "a", "x")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it stays: %v", err)
	}
	want := map[string]string{aside: "it rots, in …/folder"}
	if found, err := tree.Reasons(dir); err != nil || !maps.Equal(found, want) {
		t.Errorf("%q, %v, want %q", found, err, want)
	}
}

// TestSetAsidePipe: a pipe is not moved, which a confined process may not do, but goes, and the reason stays.
func TestSetAsidePipe(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "x")
	if err := exec.Command(testkit.Need(t, "mkfifo"), pipe).Run(); err != nil {
		t.Fatal(err)
	}
	if err := tree.SetAside(dir, "x", tree.ErrIrregular, "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(pipe); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it stays: %v", err)
	}
	if found, err := tree.Reasons(dir); err != nil || len(found) != 1 {
		t.Errorf("%q, %v, want one reason", found, err)
	}
}
