package table

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestReproducible: what stands is not replaced by other bytes of the same inputs and program; the same bytes, those of another program
// or of other inputs, and what a damaged manifest describes are committed as ever.
func TestReproducible(t *testing.T) {
	shared := &Store{Dir: t.TempDir(), Program: "one", Reproducible: true}
	must := func(s *Store, value int64) {
		t.Helper()
		if _, err := prepare(t, s, newNumbers, value, "a", "b").Commit(); err != nil {
			t.Fatal(err)
		}
		if got, want := values(t, s)[0], []string{"v2 a 1", "v2 a 2", "v2 a 3", "v2 a 4"}[value-1]; got != want {
			t.Errorf("the store shows %s, want %s", got, want)
		}
	}
	must(shared, 1)
	must(shared, 1)
	if _, err := prepare(t, shared, newNumbers, 2, "a", "b").Commit(); !errors.Is(err, ErrNotReproducible) {
		t.Errorf("other bytes: %v", err)
	}
	if got := values(t, shared); !slices.Equal(got, []string{"v2 a 1", "v2 b 1"}) {
		t.Errorf("the store shows %q after other bytes were refused", got)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(shared.path(newNumbers.File(Key{Day: publicationDay, Name: "a"}))), ".tmp-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
	must(&Store{Dir: shared.Dir, Program: "one"}, 2) // not refused where nobody asked for it
	must(&Store{Dir: shared.Dir, Program: "two", Reproducible: true}, 3)
	m, err := shared.Manifest(newNumbers.Schema, Key{Day: publicationDay, Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(manifestFile(shared.Path(m).String()), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	must(shared, 4)
}

// TestSameBytesKeepTheirManifest: a commit that is killed once another process has committed the same bytes takes nothing away.
func TestSameBytesKeepTheirManifest(t *testing.T) {
	s := &Store{Dir: t.TempDir(), Program: "one", Reproducible: true}
	late := prepare(t, s, newNumbers, 1, "a", "b")
	manifests, err := late.finish()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := prepare(t, s, newNumbers, 1, "a", "b").Commit(); err != nil {
		t.Fatal(err)
	}
	for i, step := range late.publication(manifests).steps() {
		if err := step(); err != nil {
			t.Fatal(err)
		}
		if got := values(t, s); !slices.Equal(got, []string{"v2 a 1", "v2 b 1"}) {
			t.Errorf("killed after step %d, the store shows %q", i+1, got)
		}
	}
}
