package archive_test

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/archive"
)

// catalogued returns an archive of two old files and the file of its saved catalogue.
func catalogued(t *testing.T) (dir, file string) {
	t.Helper()
	a := &archive.Archive{Dir: filepath.Join(t.TempDir(), "archive")}
	file = filepath.Join(filepath.Dir(a.Dir), "catalogue")
	for _, name := range []string{"a", "b"} {
		if _, _, err := a.Add(archive.Raw{Kind: "roas", Name: name, URL: "https://a.example/" + name, Day: day}, strings.NewReader(name)); err != nil {
			t.Fatal(err)
		}
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(note(a.Dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	a.Catalogue = archive.NewCatalogue(file, slog.New(slog.DiscardHandler))
	compareLists(t, "the first process", a)
	if err := a.Catalogue.Save(); err != nil {
		t.Fatal(err)
	}
	return a.Dir, file
}

func note(dir, name string) string {
	return filepath.Join(dir, "roas", "2020-02-03", name+".meta.json")
}

// compareLists checks that an archive with a catalogue lists what one without lists.
func compareLists(t *testing.T, when string, with *archive.Archive) {
	t.Helper()
	list := func(a *archive.Archive) (all []string) {
		t.Helper()
		files, err := a.List("")
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		for _, raw := range files {
			all = append(all, fmt.Sprint(raw.ID(), raw.Input(), raw.Day, raw.Fetched, raw.ETag, raw.Cleared))
		}
		return all
	}
	if got, want := list(with), list(&archive.Archive{Dir: with.Dir}); !reflect.DeepEqual(got, want) {
		t.Errorf("%s: the catalogue lists %q, the disk has %q", when, got, want)
	}
}

// TestCatalogueSeesChanges changes the disk between two processes.
func TestCatalogueSeesChanges(t *testing.T) {
	for name, change := range map[string]func(a *archive.Archive) error{
		"nothing": func(*archive.Archive) error { return nil },
		"added": func(a *archive.Archive) error {
			_, _, err := a.Add(archive.Raw{Kind: "roas", Name: "c", Day: day}, strings.NewReader("c"))
			return err
		},
		"cleared": func(a *archive.Archive) error {
			raw, err := a.ByID("roas/2020-02-03/a")
			if err != nil {
				return err
			}
			return a.Clear(*raw)
		},
		"removed":             func(a *archive.Archive) error { return os.Remove(note(a.Dir, "a")) },
		"replaced by another": func(a *archive.Archive) error { return os.Rename(note(a.Dir, "b"), note(a.Dir, "a")) },
		"edited in place": func(a *archive.Archive) error {
			b, err := os.ReadFile(note(a.Dir, "a"))
			if err != nil {
				return err
			}
			return os.WriteFile(note(a.Dir, "a"), []byte(strings.Replace(string(b), "a.example/a", "a.example/z", 1)), 0o644)
		},
		"all": func(a *archive.Archive) error { return os.RemoveAll(a.Dir) },
	} {
		dir, file := catalogued(t)
		if err := change(&archive.Archive{Dir: dir}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for range 2 {
			next := &archive.Archive{Dir: dir, Catalogue: archive.NewCatalogue(file, slog.New(slog.DiscardHandler))}
			compareLists(t, name, next)
			compareLists(t, name+", asked again", next)
			if err := next.Catalogue.Save(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestCatalogueSparesReading: a note whose size and time are unchanged is not read again.
func TestCatalogueSparesReading(t *testing.T) {
	dir, file := catalogued(t)
	info, err := os.Stat(note(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(note(dir, "a"), []byte(strings.Repeat("?", int(info.Size()))), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(note(dir, "a"), info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	next := &archive.Archive{Dir: dir, Catalogue: archive.NewCatalogue(file, slog.New(slog.DiscardHandler))}
	files, err := next.List("")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2 {
		t.Errorf("%d files, want 2", len(files))
	}
}

// TestBadCatalogueFile: whatever the file holds, the archive lists what is on the disk.
func TestBadCatalogueFile(t *testing.T) {
	dir, file := catalogued(t)
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string][]byte{"empty": {}, "text": []byte("not a catalogue"), "cut": good[:len(good)/2], "short of its checksum": good[:len(good)-1], "doubled": slices.Concat(good, good)}
	for i := range good {
		flipped := slices.Clone(good)
		flipped[i] ^= 0x10
		bad[fmt.Sprintf("a flipped bit in byte %d", i)] = flipped
	}
	for name, b := range bad {
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
		compareLists(t, name, &archive.Archive{Dir: dir, Catalogue: archive.NewCatalogue(file, slog.New(slog.DiscardHandler))})
	}
}
