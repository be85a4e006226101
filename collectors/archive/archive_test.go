package archive_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/archive"
)

var day = time.Date(2020, 2, 3, 0, 0, 0, 0, time.UTC)

func TestArchive(t *testing.T) {
	a := &archive.Archive{Dir: t.TempDir()}
	raw := archive.Raw{Kind: "roas", Collector: "x", Name: "vrps.csv", URL: "file:vrps.csv", Day: day}
	kept, added, err := a.Add(raw, strings.NewReader("one"))
	if err != nil || !added || kept.Bytes != 3 || kept.ID() != "roas/x/2020-02-03/vrps.csv" {
		t.Fatal(kept, added, err)
	}
	if _, added, err := a.Add(raw, strings.NewReader("one")); err != nil || added {
		t.Errorf("the same bytes again: added %v, %v", added, err)
	}
	if _, _, err := a.Add(raw, strings.NewReader("two")); !errors.Is(err, archive.ErrChanged) {
		t.Errorf("other bytes: %v", err)
	}
	// What a killed run leaves goes, what is whole stays.
	dir := filepath.Join(a.Dir, "roas", "x", "2020-02-03")
	os.WriteFile(filepath.Join(dir, ".tmp-1"), []byte("half"), 0o644)
	os.WriteFile(filepath.Join(dir, "no-note.csv"), []byte("half"), 0o644)
	if err := a.Sweep(); err != nil {
		t.Fatal(err)
	}
	files, _ := os.ReadDir(dir)
	if all, err := a.List(""); err != nil || len(all) != 1 || len(files) != 2 {
		t.Errorf("%v, %v, %v", all, files, err)
	}
}

// TestHostileNames: no name leaves the archive, or is taken for a note.
func TestHostileNames(t *testing.T) {
	for _, name := range []string{"../../etc/passwd", "..", "", ".hidden", "a\x00b", "x.meta.json", strings.Repeat("long", 100), `C:\x`, "a/../../b"} {
		dir := t.TempDir()
		a := &archive.Archive{Dir: filepath.Join(dir, "archive")}
		if _, _, err := a.Add(archive.Raw{Kind: name, Collector: name, Name: name, Day: day}, strings.NewReader("x")); err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if all, err := a.List(""); err != nil || len(all) != 1 || all[0].Name != name {
			t.Errorf("%q: %v, %v", name, all, err)
		}
		if outside, _ := os.ReadDir(dir); len(outside) != 1 {
			t.Errorf("%q left the archive: %v", name, outside)
		}
	}
}

// TestDanglingNote: a note that is a link to nothing hides no other file, and its bytes are set aside with it.
func TestDanglingNote(t *testing.T) {
	a := &archive.Archive{Dir: t.TempDir()}
	for _, name := range []string{"a", "b"} {
		if _, _, err := a.Add(archive.Raw{Kind: "roas", Name: name, Day: day}, strings.NewReader(name)); err != nil {
			t.Fatal(err)
		}
	}
	a.OnDamage = a.SetAside
	note := filepath.Join(a.Dir, "roas", "2020-02-03", "a.meta.json")
	check(t, os.Remove(note))
	check(t, os.Symlink("gone", note))
	check(t, a.Sweep())
	if all, err := a.List(""); err != nil || len(all) != 1 || all[0].Name != "b" {
		t.Errorf("%v, %v, want b", all, err)
	}
	if b, err := os.ReadFile(filepath.Join(a.Dir, ".damaged", "roas", "2020-02-03", "a")); string(b) != "a" {
		t.Errorf("aside lies %q, %v", b, err)
	}
}

// TestPartsElsewhere: a link in place of the folder of unfinished transfers is removed, and nothing behind it.
func TestPartsElsewhere(t *testing.T) {
	a, elsewhere := &archive.Archive{Dir: t.TempDir()}, t.TempDir()
	old := filepath.Join(elsewhere, "old")
	check(t, os.WriteFile(old, nil, 0o644))
	check(t, os.Chtimes(old, day, day))
	check(t, os.Symlink(elsewhere, filepath.Join(a.Dir, ".parts")))
	check(t, a.SweepParts())
	if _, err := os.Lstat(filepath.Join(a.Dir, ".parts")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the link stays: %v", err)
	}
	if _, err := os.Stat(old); err != nil {
		t.Error(err)
	}
}
