package archive_test

import (
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tidemark/collectors/archive"
)

// TestListOrder: files come in the order of their IDs, whatever the order of folders, and each once, with a catalogue and without.
func TestListOrder(t *testing.T) {
	dir := t.TempDir()
	without := &archive.Archive{Dir: filepath.Join(dir, "archive")}
	var want []string
	for _, kind := range []string{"rpki", "rpki-slurm", "rpki.old", "a"} {
		for _, collector := range []string{"", "rrc0", "rrc0-x", "rrc0.y", "rrc00"} {
			for _, name := range []string{"x", "x-1", "x.gz", "x0", "x meta"} {
				raw, _, err := without.Add(archive.Raw{Kind: kind, Collector: collector, Name: name, Day: day}, strings.NewReader(kind+collector+name))
				if err != nil {
					t.Fatal(err)
				}
				want = append(want, raw.ID())
			}
		}
	}
	slices.Sort(want)
	with := *without
	with.Catalogue = archive.NewCatalogue(filepath.Join(dir, "catalogue"), slog.New(slog.DiscardHandler))
	for range 3 {
		for name, a := range map[string]*archive.Archive{"without a catalogue": without, "with one": &with} {
			var got []string
			for raw, err := range a.All("") {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, raw.ID())
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
			of := slices.DeleteFunc(slices.Clone(want), func(id string) bool { return !strings.HasPrefix(id, "rpki/") })
			if files, err := a.List("rpki"); err != nil || len(files) != len(of) {
				t.Errorf("%s: %d files of rpki, %v; want %d", name, len(files), err, len(of))
			}
			for raw, err := range a.All("") { // who has heard enough is not asked again
				if raw.ID() != want[0] || err != nil {
					t.Fatal(raw.ID(), err)
				}
				break
			}
		}
		if err := with.Catalogue.Save(); err != nil {
			t.Fatal(err)
		}
	}
}
