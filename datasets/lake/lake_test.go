package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/datasets/table"
	"tidemark/internal/testkit/s3"
)

func TestMain(m *testing.M) {
	os.Setenv("AWS_ACCESS_KEY_ID", s3.Key)
	os.Setenv("AWS_SECRET_ACCESS_KEY", s3.Secret)
	os.Exit(m.Run())
}

type row struct {
	Number int64  `col:"number" doc:"a number"`
	Text   string `col:"text" doc:"a text"`
}

var rows = table.New[row](table.Doc{Name: "rows", Version: 1, Partition: "a source on a day", Row: "A number and a text."})

// machine is a data folder of its own on a lake.
type machine struct {
	*testing.T
	*Lake
	store *table.Store
	dir   string
}

func newMachine(t *testing.T, server *s3.Server, cache int64) *machine {
	t.Helper()
	dir := t.TempDir()
	l := New(Options{Address: server.Address("datasets"), Dir: filepath.Join(dir, "lake"), Cache: filepath.Join(dir, "cache"), Bytes: cache, Patience: time.Minute, Rate: 1})
	m := &machine{t, l, &table.Store{Dir: filepath.Join(dir, "datasets"), Program: "test 1", Elsewhere: l}, dir}
	m.store.LoadCatalogue(filepath.Join(dir, "index"), filepath.Join(dir, "catalogue"))
	return m
}

// make commits a partition of a day, with a text of its rows, in the folder.
func (m *machine) make(day int, input, text string) *table.Manifest {
	m.Helper()
	made, err := m.commit(day, input, text)
	if err != nil {
		m.Fatal(err)
	}
	return made
}

func (m *machine) commit(day int, input, text string) (*table.Manifest, error) {
	c := m.store.Begin(table.Input{Name: input, SHA256: sumOf([]byte(input)), Bytes: 1})
	defer c.Abort()
	w, err := rows.Create(c, key(day))
	if err != nil {
		return nil, err
	}
	for i := range 100 {
		w.See(1)
		w.Keep(1)
		if err := w.Append(row{int64(i), fmt.Sprint(text, i*i)}); err != nil {
			return nil, err
		}
	}
	made, err := c.Commit()
	if err != nil {
		return nil, err
	}
	return made[0], nil
}

func key(day int) table.Key {
	return table.Key{Day: time.Date(2024, 1, day, 0, 0, 0, 0, time.UTC), Name: "a"}
}

// push stores all and leaves it to the lake.
func (m *machine) push() Pushed {
	m.Helper()
	p, err := m.Push(m.Context(), m.store, Keep{}, true, false)
	if err != nil {
		m.Fatal(err)
	}
	return p
}

func (m *machine) catchUp() {
	m.Helper()
	if err := m.CatchUp(m.Context()); err != nil {
		m.Fatal(err)
	}
	m.store.Refresh()
}

// partitions returns what the store has.
func (m *machine) partitions() []*table.Manifest {
	m.Helper()
	all, err := m.store.Manifests(rows.Schema)
	if err != nil {
		m.Fatal(err)
	}
	return all
}

// read returns the text of the first row of a partition.
func (m *machine) read(of *table.Manifest) (string, error) {
	for r, err := range rows.Scan(m.store.Path(of)) {
		return r.Text, err
	}
	return "", errors.New("no rows")
}

// objects returns the content of the objects by key.
func objects(t *testing.T, server *s3.Server) map[string]string {
	t.Helper()
	all := map[string]string{}
	root := filepath.Join(server.Dir, "datasets")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		rel, _ := filepath.Rel(root, path)
		all[filepath.ToSlash(rel)] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestElsewhere: what one machine stored and no longer has, it and another one read; what one removes, the other no longer has.
func TestElsewhere(t *testing.T) {
	server := s3.Start(t)
	one, two := newMachine(t, server, 1<<20), newMachine(t, server, 1<<20)
	one.catchUp()
	for day := 1; day <= 3; day++ {
		one.make(day, fmt.Sprint("input ", day), fmt.Sprint("day ", day, " "))
	}
	if p := one.push(); p != (Pushed{Up: 3, Left: 3}) {
		t.Errorf("pushed %+v", p)
	}
	if p := one.push(); p != (Pushed{}) {
		t.Errorf("pushed again %+v", p)
	}
	two.catchUp()
	for _, m := range []*machine{one, two} {
		all := m.partitions()
		if len(all) != 3 {
			t.Fatalf("%d partitions", len(all))
		}
		for i, p := range all {
			if text, err := m.read(p); err != nil || text != fmt.Sprint("day ", i+1, " 0") {
				t.Errorf("%s: %q, %v", p.File, text, err)
			}
			if m.store.Here(p) {
				t.Errorf("%s is here", p.File)
			}
		}
		if whole, wrong, err := m.store.Verify([]*table.Schema{rows.Schema}); whole != 3 || len(wrong) > 0 || err != nil {
			t.Errorf("%d whole, %v, %v", whole, wrong, err)
		}
	}
	if err := two.store.Remove(two.partitions()[0]); err != nil {
		t.Fatal(err)
	}
	if p := two.push(); p != (Pushed{Removed: 1}) {
		t.Errorf("pushed %+v after a removal", p)
	}
	one.catchUp()
	if n := len(one.partitions()); n != 2 {
		t.Errorf("%d partitions after a removal", n)
	}
	two.make(2, "other input", "again ")
	two.push()
	one.catchUp()
	if text, err := one.read(one.partitions()[0]); text != "again 0" {
		t.Errorf("what was made again is %q, %v", text, err)
	}
	// The index is a function of the manifests.
	before := objects(t, server)
	if err := os.RemoveAll(filepath.Join(server.Dir, "datasets", ".tidemark")); err != nil {
		t.Fatal(err)
	}
	three := newMachine(t, server, 1<<20)
	three.catchUp()
	if after := objects(t, server); !maps.Equal(after, before) {
		t.Errorf("rebuilt: %v\nwant %v", slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
	}
}

// TestKeep: small datasets and the newest days come to a machine, and stay.
func TestKeep(t *testing.T) {
	server := s3.Start(t)
	one, two := newMachine(t, server, 1<<20), newMachine(t, server, 1<<20)
	one.catchUp()
	for day := 1; day <= 3; day++ {
		one.make(day, "input", "text ")
	}
	one.push()
	two.catchUp()
	for _, c := range []struct {
		keep    Keep
		brought int
	}{{Keep{}, 0}, {Keep{Newest: 2}, 2}, {Keep{Small: 1 << 20}, 1}} {
		if n, err := two.BringKept(t.Context(), two.store, c.keep); n != c.brought || err != nil {
			t.Errorf("%+v: brought %d, %v", c.keep, n, err)
		}
	}
	if p, err := two.Push(t.Context(), two.store, Keep{Newest: 1}, true, false); p != (Pushed{Left: 2}) || err != nil {
		t.Errorf("%+v, %v", p, err)
	}
	if all := two.partitions(); two.store.Here(all[0]) || two.store.Here(all[1]) || !two.store.Here(all[2]) {
		t.Error("here is not the newest day alone")
	}
}

// TestHostileObjects: an object that is not the one of the manifest is refused by name, and leaves nothing in the cache.
func TestHostileObjects(t *testing.T) {
	server := s3.Start(t)
	one := newMachine(t, server, 1<<20)
	one.catchUp()
	other := one.make(1, "input", "other ")
	m := one.make(2, "input", "text ")
	one.push()
	object := filepath.Join(server.Dir, "datasets", filepath.FromSlash(m.File))
	whole, err := os.ReadFile(object)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := os.ReadFile(filepath.Join(server.Dir, "datasets", filepath.FromSlash(other.File)))
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)/2] ^= 1
	for _, c := range []struct {
		name    string
		content []byte
		want    string
	}{
		{"longer", append(bytes.Clone(whole), 0), "more than the"},
		{"shorter", whole[:len(whole)-1], "bytes, but its manifest says"},
		{"empty", nil, "bytes, but its manifest says"},
		{"another partition's", foreign, "its manifest says"},
		{"damaged", flipped, "the object has SHA-256"},
	} {
		if err := errors.Join(os.Chmod(object, 0o644), os.WriteFile(object, c.content, 0o644)); err != nil {
			t.Fatal(err)
		}
		if _, err := one.read(m); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), m.File) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if err := os.Remove(object); err != nil {
		t.Fatal(err)
	}
	if _, err := one.read(m); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	if n := one.Cached(); n != 0 {
		t.Errorf("the cache has %d bytes", n)
	}
	if err := os.WriteFile(object, whole, 0o644); err != nil {
		t.Fatal(err)
	}
	if text, err := one.read(m); text != "text 0" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	// What is damaged in the cache is fetched again.
	cached := one.cache.file(m.SHA256)
	if err := errors.Join(os.Chmod(cached, 0o644), os.WriteFile(cached, flipped, 0o644)); err != nil {
		t.Fatal(err)
	}
	again := newMachine(t, server, 1<<20)
	again.cache.dir = one.cache.dir
	again.catchUp()
	if text, err := again.read(m); text != "text 0" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

// TestBound: the cache has its bound; what was used longest ago goes, what is held stays, and what can have no room is refused.
func TestBound(t *testing.T) {
	server := s3.Start(t)
	one := newMachine(t, server, 1<<20)
	one.catchUp()
	var all []*table.Manifest
	for day := 1; day <= 6; day++ {
		all = append(all, one.make(day, "input", fmt.Sprint(day, " ")))
	}
	one.push()
	most := 3*all[0].Bytes + all[0].Bytes/2
	small := newMachine(t, server, most)
	small.catchUp()
	has := func(m *table.Manifest) bool { _, err := os.Stat(small.cache.file(m.SHA256)); return err == nil }
	for i, m := range all {
		if _, err := small.read(m); err != nil {
			t.Fatal(err)
		}
		if n := small.Cached(); n > most {
			t.Errorf("after %d partitions the cache has %d bytes, want at most %d", i+1, n, most)
		}
		time.Sleep(10 * time.Millisecond) // so that the times of use differ
	}
	if has(all[0]) || !has(all[5]) {
		t.Error("what was used last is not what stays")
	}
	files, release, err := small.store.Hold(all[:2])
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all[2:] {
		if _, err := small.read(m); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range files {
		if _, err := os.Stat(file); err != nil {
			t.Errorf("what is held is gone: %v", err)
		}
	}
	if _, _, err := small.store.Hold(all[2:4]); err == nil || !strings.Contains(err.Error(), "full of what is being read") {
		t.Errorf("beyond what is held: %v", err)
	}
	release()
	if _, _, err := small.store.Hold(all); err == nil || !strings.Contains(err.Error(), "storage.cache") {
		t.Errorf("more than the cache: %v", err)
	}
	if _, release, err := small.store.Hold(all[3:]); err != nil {
		t.Error(err)
	} else {
		release()
	}
}

// worker commits a partition straight to the lake, as pipeline's workers do.
func (m *machine) worker(day int, input, text string) error {
	m.store.OnCommit = func(made, replaced []*table.Manifest) error {
		return m.Commit(m.Context(), made, replaced, func(p *table.Manifest) string { return m.store.Path(p).String() })
	}
	_, err := m.commit(day, input, text)
	return err
}

// TestTwoWriters: of workers that make the same partition at once all are done; of those that make other bytes of the same inputs one
// wins, and the others say so. Other inputs replace what stands.
func TestTwoWriters(t *testing.T) {
	server := s3.Start(t)
	reader := newMachine(t, server, 1<<20)
	reader.catchUp()
	atOnce := func(day int, input string, texts ...string) []error {
		var wait sync.WaitGroup
		errs := make([]error, len(texts))
		for i, text := range texts {
			w := newMachine(t, server, 1<<20)
			wait.Go(func() { errs[i] = w.worker(day, input, text) })
		}
		wait.Wait()
		return errs
	}
	for i, err := range atOnce(1, "input", "same ", "same ", "same ", "same ") {
		if err != nil {
			t.Errorf("writer %d of the same: %v", i, err)
		}
	}
	for try := range 5 {
		won := 0
		for _, err := range atOnce(2+try, "input", "one ", "two ", "three ") {
			if err == nil {
				won++
			} else if !errors.Is(err, table.ErrNotReproducible) {
				t.Errorf("a writer of other bytes: %v", err)
			}
		}
		if won != 1 {
			t.Errorf("%d writers of different bytes have won", won)
		}
	}
	if err := newMachine(t, server, 1<<20).worker(1, "other input", "new "); err != nil {
		t.Errorf("other inputs: %v", err)
	}
	reader.catchUp()
	all := reader.partitions()
	if len(all) != 6 {
		t.Fatalf("%d partitions", len(all))
	}
	if text, err := reader.read(all[0]); text != "new 0" || err != nil {
		t.Errorf("what was made of other inputs is %q, %v", text, err)
	}
	if whole, wrong, err := reader.store.Verify([]*table.Schema{rows.Schema}); whole != 6 || len(wrong) > 0 || err != nil {
		t.Errorf("%d whole, %v, %v", whole, wrong, err)
	}
	for key := range objects(t, server) {
		if strings.HasPrefix(key, news) {
			t.Errorf("%s is left", key)
		}
	}
}

// TestLastCopy: what the storage does not have, or has otherwise, stays here, whatever the index says.
func TestLastCopy(t *testing.T) {
	server := s3.Start(t)
	for name, harm := range map[string]func(object, manifest string) error{
		"no object":    func(object, _ string) error { return os.Remove(object) },
		"no manifest":  func(_, manifest string) error { return os.Remove(manifest) },
		"other object": func(object, _ string) error { return errors.Join(os.Chmod(object, 0o644), os.Truncate(object, 10)) },
	} {
		m := newMachine(t, server, 1<<20)
		m.catchUp()
		made := m.make(1, name, name)
		if _, err := m.Push(t.Context(), m.store, Keep{Newest: 1}, true, false); err != nil {
			t.Fatal(err)
		}
		object := filepath.Join(server.Dir, "datasets", filepath.FromSlash(made.File))
		if err := harm(object, filepath.Join(server.Dir, "datasets", filepath.FromSlash(table.ManifestName(made.File)))); err != nil {
			t.Fatal(err)
		}
		if p, err := m.Push(t.Context(), m.store, Keep{}, true, false); err == nil || p.Left > 0 || !strings.Contains(err.Error(), "stays here") {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
		if text, err := m.read(made); text != name+"0" || err != nil {
			t.Errorf("%s: the last copy is gone: %v", name, err)
		}
		if err := os.RemoveAll(filepath.Join(server.Dir, "datasets")); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRemovalsHeldBack: a folder that lost much does not take it along in storage.
func TestRemovalsHeldBack(t *testing.T) {
	server := s3.Start(t)
	m := newMachine(t, server, 1<<20)
	m.catchUp()
	for i := range maxRemoved + 1 {
		c := m.store.Begin(table.Input{Name: fmt.Sprint(i), SHA256: sumOf(nil)})
		if _, err := rows.Create(c, table.Key{Day: key(1).Day, Name: fmt.Sprint("n", i)}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	m.push()
	for _, p := range m.partitions() {
		if err := m.store.Remove(p); err != nil {
			t.Fatal(err)
		}
	}
	if p, err := m.Push(t.Context(), m.store, Keep{}, true, false); p.Removed > 0 || err == nil || !strings.Contains(err.Error(), "--remove-all") {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := m.Push(t.Context(), m.store, Keep{}, true, true); p.Removed != maxRemoved+1 || err != nil {
		t.Errorf("%+v, %v", p, err)
	}
}

// TestKilledServer: while the server is down nothing is lost and nothing is made up; when it is back all goes on.
func TestKilledServer(t *testing.T) {
	server := s3.Start(t)
	m := newMachine(t, server, 1<<20)
	m.catchUp()
	first := m.make(1, "input", "first ")
	m.push()
	second := m.make(2, "input", "second ")
	server.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if p, err := m.Push(ctx, m.store, Keep{}, true, false); err == nil {
		t.Errorf("pushed %+v to a server that is down", p)
	}
	if !m.store.Here(second) {
		t.Error("what could not be stored is gone")
	}
	if _, err := m.read(first); err == nil {
		t.Error("a partition was read from a server that is down")
	}
	server.Begin()
	if p := m.push(); p != (Pushed{Up: 1, Left: 1}) {
		t.Errorf("pushed %+v when the server was back", p)
	}
	for _, p := range m.partitions() {
		if _, err := m.read(p); err != nil {
			t.Error(err)
		}
	}
}

// TestHostileIndex: a list or a segment of the index that is not as it was written is an error, and never an empty lake.
func TestHostileIndex(t *testing.T) {
	server := s3.Start(t)
	one := newMachine(t, server, 1<<20)
	one.catchUp()
	one.make(1, "input", "text ")
	one.push()
	list := filepath.Join(server.Dir, "datasets", filepath.FromSlash(listKey))
	good, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty":           "",
		"no JSON":         "x",
		"another format":  `{"format":2}`,
		"a path outside":  strings.Replace(string(good), "rows/v1", "../../x", 1),
		"a short SHA-256": strings.Replace(string(good), `"sha256": "`, `"sha256": "0`, 1),
		"huge":            strings.Replace(string(good), `"bytes": `, `"bytes": 99999`, 1),
		"twice":           strings.Replace(string(good), "[", "["+string(good[bytes.IndexByte(good, '[')+1:bytes.LastIndexByte(good, ']')])+",", 1),
	} {
		if err := os.WriteFile(list, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		two := newMachine(t, server, 1<<20)
		if all, err := two.store.Manifests(rows.Schema); err == nil {
			t.Errorf("%s: %d partitions without an error", name, len(all))
		}
	}
}

// TestRemovedHere: what was removed here does not come back from the storage, though a copy was here too, and what is made again stays.
func TestRemovedHere(t *testing.T) {
	server := s3.Start(t)
	m := newMachine(t, server, 1<<20)
	m.catchUp()
	made := m.make(1, "input", "text ")
	keep := Keep{Newest: 1}
	if _, err := m.Push(t.Context(), m.store, keep, true, false); err != nil {
		t.Fatal(err)
	}
	if err := m.store.Remove(made); err != nil {
		t.Fatal(err)
	}
	m.store.Refresh()
	if all := m.partitions(); len(all) != 0 {
		t.Errorf("a partition that was removed is there again: %v", all[0].File)
	}
	m.make(1, "input", "text ")
	for range 2 { // the second one after the partition has left
		m.push()
		m.store.Refresh()
		if all := m.partitions(); len(all) != 1 || all[0].SHA256 != made.SHA256 {
			t.Fatalf("%d partitions after one was made again", len(all))
		}
	}
	if text, err := m.read(made); text != "text 0" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if err := m.store.Remove(made); err != nil {
		t.Fatal(err)
	}
	if p := m.push(); p != (Pushed{Removed: 1}) {
		t.Errorf("pushed %+v, want the removal", p)
	}
}

// TestRemovalKilled: the objects of a partition that a worker replaced go, also where the session that began it was killed; those that were
// made anew stay.
func TestRemovalKilled(t *testing.T) {
	server := s3.Start(t)
	m := newMachine(t, server, 1<<20)
	m.catchUp()
	old := m.make(1, "input", "old ")
	m.push()
	leftovers := map[string][]byte{}
	for _, key := range []string{old.File, table.ManifestName(old.File)} {
		b, err := os.ReadFile(filepath.Join(server.Dir, "datasets", filepath.FromSlash(key)))
		if err != nil {
			t.Fatal(err)
		}
		leftovers[key] = b
	}
	replace := func() {
		t.Helper()
		if err := m.Commit(t.Context(), nil, []*table.Manifest{old}, nil); err != nil {
			t.Fatal(err)
		}
		m.catchUp()
	}
	replace()
	if all := m.partitions(); len(all) != 0 {
		t.Fatalf("%d partitions", len(all))
	}
	for key, b := range leftovers {
		path := filepath.Join(server.Dir, "datasets", filepath.FromSlash(key))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, b, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	replace()
	if err := m.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.store.Refresh()
	if all := m.partitions(); len(all) != 0 {
		t.Errorf("%s is there again", all[0].File)
	}
	w := newMachine(t, server, 1<<20)
	if err := w.worker(1, "other input", "new "); err != nil {
		t.Fatal(err)
	}
	replace()
	if all := m.partitions(); len(all) != 1 {
		t.Fatalf("%d partitions, want the one that was made anew", len(all))
	} else if text, err := m.read(all[0]); text != "new 0" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

// TestHostilePaths: no partition, and no hash, that storage names leads out of the folders.
func TestHostilePaths(t *testing.T) {
	good := table.Manifest{Dataset: "rows", Schema: 1, File: "rows/v1/year=2024/month=01/day=01/a.parquet", SHA256: sumOf(nil)}
	for name, harm := range map[string]func(*table.Manifest){
		"none":    func(*table.Manifest) {},
		"file":    func(m *table.Manifest) { m.File = "rows/v1/year=2024/../../../../a.parquet" },
		"hash":    func(m *table.Manifest) { m.SHA256 = strings.Repeat("../", 21) + "a" },
		"sibling": func(m *table.Manifest) { m.Together = []string{"../a.parquet"} },
	} {
		m := good
		harm(&m)
		var segment table.Segment
		var file []byte
		err := table.Segments([]*table.Manifest{&m}, func(one table.Segment, b []byte) error {
			segment, file = one, b
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := segment.Manifests(file); (err == nil) != (name == "none") {
			t.Errorf("%s: %v", name, err)
		}
	}
	l := New(Options{Cache: t.TempDir(), Bytes: 1 << 20})
	if _, _, err := l.Bring(&table.Manifest{File: good.File, SHA256: strings.Repeat("../", 21) + "a"}); err == nil || !strings.Contains(err.Error(), "--rebuild") {
		t.Errorf("a hash that is a path: %v", err)
	}
}
