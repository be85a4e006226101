package table

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/internal/tree"
)

// TestIndexRows: every field of a manifest comes back from the index.
func TestIndexRows(t *testing.T) {
	full := &Manifest{
		Dataset: "routes", Schema: 3, Program: "tidemark", File: "routes/v3/year=2014/month=05/day=30/a.parquet", Bytes: 5, SHA256: "ab", Rows: 7,
		Labels: map[string]string{"collector": "rrc00", "<&>": ""}, Inputs: []Input{{"mrt/x", "https://data.example/?a=1&b=2", "cd", 9, "entries", true}, {Name: "y"}},
		Unit: "RIB entry", Seen: 3, Kept: 2, Rejected: map[string]int64{"malformed": 1}, Noted: map[string]int64{"b": 2, "a": 1}, Damage: []string{"offset 5"},
		Together: []string{"peers/v1/x.parquet"}, MeasuredBy: &Publisher{"oslo", "https://oslo.example/", "CC0", "oslo", "ef", "https://mirror.example/", "2026-11-01"},
	}
	for i, value := 0, reflect.ValueOf(*full); i < value.NumField(); i++ {
		if value.Field(i).IsZero() {
			t.Errorf("the test has no %s", value.Type().Field(i).Name)
		}
	}
	want := []Manifest{*full, {File: "b"}}
	b, err := writeIndex(pointers(want))
	if err != nil {
		t.Fatal(err)
	}
	got, err := newIndexReader(once()).read(b, nil, 0)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

func TestSegmentOf(t *testing.T) {
	for file, want := range map[string]string{
		"routes/v3/year=2014/month=05/day=30/a.parquet": "routes/v3/year=2014", "routes/v3/year=20145/a.parquet": "routes/v3/undated",
		"routes/v3/a.parquet": "routes/v3/undated", "routes/a.parquet": "routes/undated", "a.parquet": "undated",
	} {
		if got := segmentOf(file); got != want {
			t.Errorf("%s is in %s, want %s", file, got, want)
		}
	}
}

// indexLife is a data folder to which random things happen.
type indexLife struct {
	*testing.T
	*rand.Rand
	dir   string
	value int64
}

// store opens the folder as a process does, or, without the index, as its twin that reads every manifest.
func (l *indexLife) store(indexed bool) *Store {
	s := &Store{Dir: filepath.Join(l.dir, "datasets"), Program: "test"}
	s.OnDamage = s.SetAside
	if indexed {
		s.LoadCatalogue(filepath.Join(l.dir, "index"), filepath.Join(l.dir, "catalogue"))
	}
	return s
}

func (l *indexLife) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// commit commits one or two partitions of some year under few names, in place of earlier ones, and is perhaps killed on the way.
func (l *indexLife) commit(s *Store) {
	d, l2 := []*Dataset[number]{oldNumbers, newNumbers}[l.IntN(2)], []string{"a", "b", "c"}
	l.value++
	c := s.Begin(Input{Name: fmt.Sprint("raw/", l.value), SHA256: "00"})
	for _, name := range l2[:1+l.IntN(2)] {
		w, err := d.Create(c, Key{Day: time.Date(2020+l.IntN(3), 1, 1, 0, 0, 0, 0, time.UTC), Name: name})
		l.must(err)
		w.See(1)
		w.Keep(1)
		w.Note("odd <things>", l.IntN(2))
		l.must(w.Append(number{l.value}))
	}
	if old := l.some(s); old != nil && l.IntN(3) == 0 {
		c.Replaces(old)
	}
	manifests, err := c.finish()
	l.must(err)
	steps := c.publication(manifests).steps()
	if l.IntN(4) == 0 {
		steps = steps[:l.IntN(len(steps))]
	}
	for _, step := range steps {
		l.must(step())
	}
}

// some returns one of the partitions; nil: there is none.
func (l *indexLife) some(s *Store) *Manifest {
	var all []*Manifest
	for _, d := range []*Dataset[number]{oldNumbers, newNumbers} {
		some, err := s.Manifests(d.Schema)
		l.must(err)
		all = append(all, some...)
	}
	if len(all) == 0 {
		return nil
	}
	return all[l.IntN(len(all))]
}

// meddle changes a file of the folder as no store does.
func (l *indexLife) meddle(below ...string) {
	var files []string
	for _, dir := range below {
		filepath.WalkDir(filepath.Join(l.dir, dir), func(file string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				files = append(files, file)
			}
			return nil
		})
	}
	files = slices.DeleteFunc(files, func(file string) bool { return strings.Contains(file, tree.DamagedDir) })
	if len(files) == 0 {
		return
	}
	file, other := files[l.IntN(len(files))], files[l.IntN(len(files))]
	b, err := os.ReadFile(file)
	l.must(err)
	l.must(os.Remove(file))
	switch l.IntN(5) {
	case 0: // it stays away
	case 1:
		l.must(os.WriteFile(file, b[:len(b)/2], 0o644))
	case 2:
		if len(b) > 0 {
			b[l.IntN(len(b))] ^= 0x10
		}
		l.must(os.WriteFile(file, b, 0o644))
	case 3:
		l.must(os.WriteFile(file+".parquet", b, 0o644))
	case 4:
		if b, err := os.ReadFile(other); err == nil {
			l.must(os.WriteFile(file, b, 0o644))
		}
	}
}

// settle makes all files an hour older, so that size and time vouch for them.
func (l *indexLife) settle() {
	l.must(filepath.WalkDir(l.dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		old := info.ModTime().Add(-time.Hour)
		return os.Chtimes(file, old, old)
	}))
}

// save saves the index, and is perhaps killed on the way: what it wrote last is as before.
func (l *indexLife) save(s *Store) {
	l.must(s.SaveCatalogue())
	if l.IntN(4) == 0 {
		l.meddle("index")
	}
}

// compare compares what a store says with what its twin reads.
func (l *indexLife) compare(s *Store, when string) {
	l.Helper()
	twin := l.store(false)
	l.some(twin) // sets aside what is damaged, without which its siblings do not count
	s.Refresh()
	for _, d := range []*Dataset[number]{oldNumbers, newNumbers} {
		got, err := s.Manifests(d.Schema)
		l.must(err)
		want, err := twin.Manifests(d.Schema)
		l.must(err)
		if len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			l.Fatalf("%s: the index says %+v, the manifests %+v", when, got, want)
		}
		l.compareFields(s, d.Schema, want, when)
		for _, m := range want {
			if got, err := s.At(m.File); err != nil || !reflect.DeepEqual(got, m) {
				l.Fatalf("%s: %s is %+v, %v, want %+v", when, m.File, got, err, m)
			}
		}
	}
}

// compareFields compares some fields of manifests with what a store says that these are.
func (l *indexLife) compareFields(s *Store, schema *Schema, want []*Manifest, when string) {
	l.Helper()
	some, err := s.ManifestFields(schema, "rows", "inputs")
	l.must(err)
	if len(some) != len(want) {
		l.Fatalf("%s: %d partitions have some fields, want %d", when, len(some), len(want))
	}
	for i, m := range want {
		if got := some[i]; got.File != m.File || !reflect.DeepEqual(got.Together, m.Together) || got.Rows != m.Rows || !reflect.DeepEqual(got.Inputs, m.Inputs) {
			l.Fatalf("%s: of %s some fields are %+v, want those of %+v", when, m.File, got, m)
		}
	}
}

// index returns the index's files.
func indexFiles(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(dir, file)
			files[name], err = os.ReadFile(file)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return files
}

// TestIndexTwin: whatever happens to the folder, a store with the index says what one says that reads every manifest, and once the index is
// saved it has the bytes of one that was made from nothing.
func TestIndexTwin(t *testing.T) {
	for seed := range uint64(25) {
		l := &indexLife{T: t, Rand: rand.New(rand.NewPCG(seed, 1)), dir: t.TempDir()}
		s := l.store(true)
		for step := range 60 {
			switch l.IntN(10) {
			case 0, 1, 2, 3:
				l.commit(s)
			case 4:
				if m := l.some(s); m != nil {
					l.must(s.Remove(m))
				}
			case 5:
				l.meddle("datasets")
			case 6:
				l.meddle("index", "catalogue")
			case 7: // a process ends, and the next one begins
				l.save(s)
				s = l.store(true)
			case 8:
				l.settle()
				s.Refresh()
			case 9:
				l.must(s.Sweep())
			}
			l.compare(s, fmt.Sprintf("seed %d, step %d", seed, step))
		}
		l.must(s.SaveCatalogue())
		l.must(l.store(true).UpdateIndex(true))
		got := indexFiles(t, filepath.Join(l.dir, "index"))
		l.must(os.RemoveAll(filepath.Join(l.dir, "index")))
		l.must(os.RemoveAll(filepath.Join(l.dir, "catalogue")))
		l.must(l.store(true).UpdateIndex(true))
		if want := indexFiles(t, filepath.Join(l.dir, "index")); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: rebuilt from nothing the index has %d other files", seed, len(want))
		}
	}
}

// TestIndexIsMadeAgain: an index that was saved step by step, with segments lost, damaged and added, has the bytes of one made at once.
func TestIndexIsMadeAgain(t *testing.T) {
	l := &indexLife{T: t, Rand: rand.New(rand.NewPCG(1, 2)), dir: t.TempDir()}
	dir := filepath.Join(l.dir, "index")
	s := l.store(true)
	for range 20 {
		l.commit(s)
		l.must(s.SaveCatalogue())
		s = l.store(true)
	}
	l.must(s.Sweep())
	l.settle()
	save := func() map[string][]byte {
		t.Helper()
		s := l.store(true)
		l.compare(s, "next process")
		l.must(s.SaveCatalogue())
		return indexFiles(t, dir)
	}
	want := save()
	if len(want) < 3 {
		t.Fatalf("the index has %d segments", len(want))
	}
	for name, content := range want {
		lies, err := newIndexReader(once()).read(content, nil, 0)
		l.must(err)
		for i := range lies {
			lies[i].Rows = 999
		}
		lie, err := writeIndex(pointers(lies))
		l.must(err)
		if i := bytes.Index(content, []byte("datasets")); i >= 0 {
			t.Errorf("%s names a folder of this machine", name)
		}
		file := filepath.Join(dir, name)
		for what, b := range map[string][]byte{"cut": content[:len(content)/2], "longer": slices.Concat(content, content), "empty": {}, "with other numbers": lie} {
			l.must(os.WriteFile(file, b, 0o644))
			if got := save(); !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s, was not made again", name, what)
			}
		}
		l.must(os.Remove(file))
		l.must(os.WriteFile(filepath.Join(dir, "planted.parquet"), content, 0o644))
		if got := save(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s, lost, was not made again, or a file that is not a segment stays", name)
		}
	}
	l.must(l.store(true).UpdateIndex(true))
	if got := indexFiles(t, dir); !reflect.DeepEqual(got, want) {
		t.Error("rebuilt, the index has other bytes")
	}
}
