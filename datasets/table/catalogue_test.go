package table_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"tidemark/datasets/table"
)

// catalogued is a store with a catalogue, and one without that has the same folder.
func catalogued(t *testing.T) (with, without *table.Store, file string) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "catalogue")
	with, without = &table.Store{Dir: dir + "/datasets", Program: "test"}, &table.Store{Dir: dir + "/datasets", Program: "test"}
	with.LoadCatalogue(filepath.Join(filepath.Dir(file), "index"), file)
	return with, without, file
}

// manifestOf returns the path of a partition's manifest.
func manifestOf(s *table.Store, m *table.Manifest) string {
	return filepath.Join(filepath.Dir(s.Path(m).String()), "_"+m.Name()+".json")
}

// settle makes a manifest old enough for its time to vouch for it.
func settle(t *testing.T, s *table.Store, manifests ...*table.Manifest) {
	t.Helper()
	for i, m := range manifests {
		old := time.Now().Add(-time.Hour + time.Duration(i)*time.Minute)
		if err := os.Chtimes(manifestOf(s, m), old, old); err != nil {
			t.Fatal(err)
		}
	}
}

func files(t *testing.T, s *table.Store) (all []string) {
	t.Helper()
	manifests, err := s.Manifests(rows.Schema)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range manifests {
		all = append(all, m.Name())
	}
	return all
}

// compare checks that a store with a catalogue shows what one that reads the disk does.
func compare(t *testing.T, when string, with, without *table.Store) {
	t.Helper()
	got, err := with.Manifests(rows.Schema)
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	want, err := without.Manifests(rows.Schema)
	if err != nil {
		t.Fatalf("%s: %v", when, err)
	}
	if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
		t.Errorf("%s: the catalogue has %d manifests, the disk %d, or they differ", when, len(got), len(want))
	}
	for _, name := range []string{"a", "b", "c", "none"} {
		got, err := with.Manifest(rows.Schema, table.Key{Day: day, Name: name})
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		want, err := without.Manifest(rows.Schema, table.Key{Day: day, Name: name})
		if err != nil {
			t.Fatalf("%s: %v", when, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: manifest %s is %+v in the catalogue, %+v on the disk", when, name, got, want)
		}
	}
}

func TestCatalogueFollowsItsStore(t *testing.T) {
	with, without, _ := catalogued(t)
	compare(t, "empty", with, without)
	a := commit(t, with, "b", 3)
	commit(t, with, "a", 5)
	compare(t, "after commits", with, without)
	commit(t, with, "b", 9)
	compare(t, "after a commit of the same partition", with, without)
	if err := with.Remove(a); err != nil {
		t.Fatal(err)
	}
	compare(t, "after a removal", with, without)
	commit(t, without, "c", 1)
	if got, want := files(t, with), []string{"a"}; !slices.Equal(got, want) {
		t.Errorf("before Refresh the catalogue has %q, want %q", got, want)
	}
	with.Refresh()
	compare(t, "after Refresh", with, without)
}

// TestSiblings: of a commit that has lost one partition, a catalogue shows as little as the disk does.
func TestSiblings(t *testing.T) {
	with, without, _ := catalogued(t)
	c := with.Begin()
	for _, name := range []string{"a", "b"} {
		if _, err := rows.Create(c, table.Key{Day: day, Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	manifests, err := c.Commit()
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "both", with, without)
	if len(files(t, with)) != 2 {
		t.Errorf("the catalogue has %q", files(t, with))
	}
	if err := with.Remove(manifests[1]); err != nil {
		t.Fatal(err)
	}
	compare(t, "one", with, without)
	if len(files(t, with)) != 0 {
		t.Errorf("the catalogue has %q", files(t, with))
	}
}

// TestSavedCatalogue changes the disk between two processes, and sees that the second notices and saves it.
func TestSavedCatalogue(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, s *table.Store, a, b *table.Manifest){
		"nothing":           func(*testing.T, *table.Store, *table.Manifest, *table.Manifest) {},
		"committed":         func(t *testing.T, s *table.Store, _, _ *table.Manifest) { commit(t, s, "c", 2) },
		"committed again":   func(t *testing.T, s *table.Store, _, _ *table.Manifest) { commit(t, s, "a", 200) },
		"removed":           func(t *testing.T, s *table.Store, a, _ *table.Manifest) { s.Remove(a) },
		"manifest removed":  func(t *testing.T, s *table.Store, a, _ *table.Manifest) { os.Remove(manifestOf(s, a)) },
		"partition removed": func(t *testing.T, s *table.Store, a, _ *table.Manifest) { os.Remove(s.Path(a).String()) },
		"replaced by another": func(t *testing.T, s *table.Store, a, b *table.Manifest) {
			os.Rename(manifestOf(s, b), manifestOf(s, a))
		},
		"edited to other size": func(t *testing.T, s *table.Store, a, _ *table.Manifest) {
			edit(t, s, a, `"unit": "row"`, `"unit": "rows"`)
		},
		"edited in place": func(t *testing.T, s *table.Store, a, _ *table.Manifest) {
			edit(t, s, a, `"unit": "row"`, `"unit": "wor"`)
		},
		"all": func(t *testing.T, s *table.Store, _, _ *table.Manifest) { os.RemoveAll(s.Dir) },
	} {
		first, without, file := catalogued(t)
		ignore := func(string, error) error { return nil }
		without.OnDamage = ignore
		a, b := commit(t, without, "a", 5), commit(t, without, "b", 3)
		settle(t, without, a, b)
		compare(t, name+": first process", first, without)
		if err := first.SaveCatalogue(); err != nil {
			t.Fatal(err)
		}
		change(t, without, a, b)
		for range 2 {
			second := &table.Store{Dir: without.Dir, Program: "test", OnDamage: ignore}
			second.LoadCatalogue(filepath.Join(filepath.Dir(file), "index"), file)
			compare(t, name+": next process", second, without)
			if err := second.SaveCatalogue(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func edit(t *testing.T, s *table.Store, m *table.Manifest, old, new string) {
	t.Helper()
	b, err := os.ReadFile(manifestOf(s, m))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(old)) {
		t.Fatalf("the manifest has no %s", old)
	}
	if err := os.WriteFile(manifestOf(s, m), bytes.Replace(b, []byte(old), []byte(new), 1), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestSameTick rewrites a manifest so that neither its size nor its time tells: while it is young, it is read all the same.
func TestSameTick(t *testing.T) {
	first, without, file := catalogued(t)
	a := commit(t, without, "a", 5)
	compare(t, "first process", first, without)
	if err := first.SaveCatalogue(); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(manifestOf(without, a))
	if err != nil {
		t.Fatal(err)
	}
	edit(t, without, a, `"unit": "row"`, `"unit": "wor"`)
	if err := os.Chtimes(manifestOf(without, a), before.ModTime(), before.ModTime()); err != nil {
		t.Fatal(err)
	}
	first.Refresh()
	compare(t, "same process", first, without)
	second := &table.Store{Dir: without.Dir, Program: "test"}
	second.LoadCatalogue(filepath.Join(filepath.Dir(file), "index"), file)
	compare(t, "next process", second, without)
}

// TestBadCatalogueFile: whatever the file holds, the store answers from the disk.
func TestBadCatalogueFile(t *testing.T) {
	first, without, file := catalogued(t)
	a := commit(t, without, "a", 5)
	settle(t, without, a)
	compare(t, "first process", first, without)
	if err := first.SaveCatalogue(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string][]byte{"empty": {}, "text": []byte("not a catalogue"), "cut": good[:len(good)/2], "short of its checksum": good[:len(good)-1], "doubled": append(slices.Clone(good), good...)}
	for i := range good {
		flipped := slices.Clone(good)
		flipped[i] ^= 0x10
		bad[fmt.Sprintf("a flipped bit in byte %d", i)] = flipped
	}
	for name, b := range bad {
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
		s := &table.Store{Dir: without.Dir, Program: "test"}
		s.LoadCatalogue(filepath.Join(filepath.Dir(file), "index"), file)
		compare(t, name, s, without)
	}
	if err := os.WriteFile(file, good, 0o644); err != nil {
		t.Fatal(err)
	}
	s := &table.Store{Dir: without.Dir, Program: "another release"}
	s.LoadCatalogue(filepath.Join(filepath.Dir(file), "index"), file)
	compare(t, "of another program", s, without)
}

// TestDamagedManifest: a manifest that cannot be read fails the questions about its dataset, and no others.
func TestDamagedManifest(t *testing.T) {
	with, without, _ := catalogued(t)
	a := commit(t, without, "a", 5)
	commit(t, without, "b", 5)
	labelled := commitLabelled(t, without, firstLabelled)
	if err := os.WriteFile(manifestOf(without, a), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*table.Store{"with": with, "without": without} {
		if _, err := s.Manifests(rows.Schema); err == nil {
			t.Errorf("%s a catalogue, a damaged manifest is not an error", name)
		}
		if _, err := s.Manifest(rows.Schema, table.Key{Day: day, Name: "a"}); err == nil {
			t.Errorf("%s a catalogue, asking for a damaged manifest is not an error", name)
		}
		if m, err := s.Manifest(rows.Schema, table.Key{Day: day, Name: "b"}); m == nil || err != nil {
			t.Errorf("%s a catalogue, its neighbour is %v, %v", name, m, err)
		}
		if all, err := s.Manifests(labelledRows.Schema); len(all) != 1 || err != nil {
			t.Errorf("%s a catalogue, another dataset has %d partitions, want 1 (%s): %v", name, len(all), labelled.File, err)
		}
	}
}

// TestLabelsAreRemembered: of a manifest without labels, the partition is read once, whatever number of processes ask.
func TestLabelsAreRemembered(t *testing.T) {
	first, without, file := catalogued(t)
	m := commitLabelled(t, without, firstLabelled)
	strip := *m
	strip.Labels = nil
	edit(t, without, m, `"labels"`, `"before"`)
	settle(t, without, m)
	ask := func(s *table.Store) (labelled, error) {
		all, err := s.Manifests(labelledRows.Schema)
		if err != nil || len(all) != 1 {
			t.Fatalf("%d manifests, %v", len(all), err)
		}
		row, _, err := labelledRows.Labels(s, all[0])
		return row, err
	}
	want, err := ask(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := first.SaveCatalogue(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(without.Path(m).String()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(without.Path(m).String(), make([]byte, m.Bytes), 0o644); err != nil { // read again, it would be an error
		t.Fatal(err)
	}
	second := &table.Store{Dir: without.Dir, Program: "test"}
	second.LoadCatalogue(filepath.Join(filepath.Dir(file), "index"), file)
	for name, s := range map[string]*table.Store{"same": first, "next": second} {
		if got, err := ask(s); got != want || err != nil {
			t.Errorf("%s process: %+v, %v", name, got, err)
		}
	}
}

// TestCatalogueConcurrently is for the race detector.
func TestCatalogueConcurrently(t *testing.T) {
	with, without, _ := catalogued(t)
	var group sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		group.Go(func() {
			for n := range 5 {
				m := commit(t, with, name, n)
				if n%2 == 0 {
					if err := with.Remove(m); err != nil {
						t.Error(err)
					}
				}
				if _, err := with.Manifests(rows.Schema); err != nil {
					t.Error(err)
				}
				if err := with.SaveCatalogue(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	compare(t, "at the end", with, without)
}
