package derive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"tidemark/datasets"
	"tidemark/datasets/table"
)

// putDump commits a dump of a route with a private origin, which is a bogon, and of one that is not remarkable.
func putDump(t *testing.T, store *table.Store, collector string) {
	t.Helper()
	put(t, store, on(2020), collector, func(into *table.Commit, key table.Key) error {
		var all []datasets.Route
		for i, prefix := range []string{"20.1.0.0/16", "20.2.0.0/16"} {
			all = append(all, datasets.Route{Collector: collector, DumpTime: on(2020), Family: 4, Prefix: prefix, PrefixLength: 16, OriginASN: []uint32{64512, 3356}[i], Peers: count(1), SeenBy: []uint32{0}})
		}
		if err := rows(datasets.Routes, into, key, all); err != nil {
			return err
		}
		return rows(datasets.Peers, into, key, []datasets.Peer{{Collector: collector, DumpTime: on(2020), Address: "192.0.2.1", ASN: 3320}})
	})
}

// pathDumps holds dumps, by name, of several entries.
type pathDumps map[string][]PathEntry

func (d pathDumps) Holds(raw table.Input) (bool, error) { return d[raw.Name] != nil, nil }

func (d pathDumps) Paths(_ context.Context, name string, wanted func(netip.Prefix) bool, each func(PathEntry)) error {
	if d[name] == nil {
		return fs.ErrNotExist
	}
	for _, e := range d[name] {
		if wanted(e.Prefix) {
			each(e)
		}
	}
	return nil
}

// fakeDumps holds dumps, by name, that have one path each.
type fakeDumps map[string]string

func (d fakeDumps) Holds(raw table.Input) (bool, error) { return d[raw.Name] != "", nil }

func (d fakeDumps) Paths(_ context.Context, name string, wanted func(netip.Prefix) bool, each func(PathEntry)) error {
	if d[name] == "" {
		return fs.ErrNotExist
	}
	if p := netip.MustParsePrefix("20.1.0.0/16"); wanted(p) {
		each(PathEntry{Prefix: p, OriginASN: 64512, PeerAddress: "192.0.2.1", PeerASN: 3320, Path: d[name]})
	}
	return nil
}

// derivedWitnesses runs both derivations and returns how many witnesses are new, all paths, and the manifest.
func derivedWitnesses(t *testing.T, store *table.Store, dumps Dumps) (changed int, paths []string, m *table.Manifest) {
	t.Helper()
	if _, err := Run(context.Background(), store, []Derivation{RouteStates(MinFullFeeds)}); err != nil {
		t.Fatal(err)
	}
	changed, err := Run(context.Background(), store, []Derivation{Witnesses(dumps)})
	if err != nil {
		t.Fatal(err)
	}
	all, err := store.Manifests(datasets.Witnesses.Schema)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("%d partitions of witnesses, want 1", len(all))
	}
	for w, err := range datasets.Witnesses.Scan(store.Path(all[0])) {
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, w.Collector+" "+w.Why+" "+w.Path)
	}
	return changed, paths, all[0]
}

// TestWitnessInputs: key and inputs say what the witnesses were made of, also where the archive has lost a dump; and what
// was found in a dump outlives it.
func TestWitnessInputs(t *testing.T) {
	const a, b = "raw/2020-01-01/a", "raw/2020-01-01/b"
	store := &table.Store{Dir: t.TempDir()}
	putDump(t, store, "a")
	putDump(t, store, "b")
	both, foundA, foundBoth := fakeDumps{a: "3320 64512", b: "3320 1 64512"}, []string{"a bogon 3320 64512"}, []string{"a bogon 3320 64512", "b bogon 3320 1 64512"}
	for _, step := range []struct {
		name    string
		dumps   fakeDumps
		changed int
		paths   []string
		absent  bool // b, among the inputs
	}{
		{"one dump is gone", fakeDumps{a: "3320 64512"}, 1, foundA, true},
		{"it is still gone", fakeDumps{a: "3320 64512"}, 0, foundA, true},
		{"it is back", both, 1, foundBoth, false},
		{"nothing is new", both, 0, foundBoth, false},
		{"both are gone", fakeDumps{}, 0, foundBoth, false},
	} {
		changed, paths, m := derivedWitnesses(t, store, step.dumps)
		if changed != step.changed {
			t.Errorf("%s: %d partitions changed, want %d", step.name, changed, step.changed)
		}
		if !slices.Equal(paths, step.paths) {
			t.Errorf("%s: witnesses %q, want %q", step.name, paths, step.paths)
		}
		if len(m.Inputs) != 3 {
			t.Fatalf("%s: inputs %v", step.name, m.Inputs)
		}
		if m.Inputs[1].Absent {
			t.Errorf("%s: dump a is marked as absent", step.name)
		}
		if m.Inputs[2].Absent != step.absent {
			t.Errorf("%s: dump b is marked as absent: %v", step.name, m.Inputs[2].Absent)
		}
		if noted := m.Noted["dump no longer in the archive"] == 1; noted != step.absent {
			t.Errorf("%s: noted %v", step.name, m.Noted)
		}
	}
}

// TestDumpLostAfterPlan: a job does not pretend to have read its inputs.
func TestDumpLostAfterPlan(t *testing.T) {
	store := &table.Store{Dir: t.TempDir()}
	putDump(t, store, "a")
	if _, err := Run(context.Background(), store, []Derivation{RouteStates(MinFullFeeds)}); err != nil {
		t.Fatal(err)
	}
	dumps := fakeDumps{"raw/2020-01-01/a": "3320 64512"}
	jobs, err := Witnesses(dumps).Plan(store)
	if err != nil || len(jobs) != 1 {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	clear(dumps)
	if err := jobs[0].Make(context.Background(), store); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "raw/2020-01-01/a") {
		t.Errorf("error %v", err)
	}
}

// TestJobAlone makes the jobs of a plan one by one, each with a store of its own as another process has it, and without a
// lock: the files are those of Run, and Run finds nothing left to do.
func TestJobAlone(t *testing.T) {
	whole, alone := &table.Store{Dir: t.TempDir()}, &table.Store{Dir: t.TempDir()}
	for _, store := range []*table.Store{whole, alone} {
		putDump(t, store, "a")
		putDump(t, store, "b")
	}
	all := []Derivation{RouteStates(MinFullFeeds), Aggregation, Witnesses(fakeDumps{"raw/2020-01-01/a": "3320 64512"})}
	if _, err := (Runner{Workers: 1}).Run(context.Background(), whole, all); err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		jobs, err := d.Plan(alone)
		if err != nil {
			t.Fatal(err)
		}
		for _, job := range jobs {
			if err := job.Make(context.Background(), &table.Store{Dir: alone.Dir}); err != nil {
				t.Fatal(err)
			}
		}
	}
	want, got := contents(t, whole.Dir), contents(t, alone.Dir)
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s differs", name)
		}
	}
	if len(got) != len(want) {
		t.Errorf("files %q, want %q", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	if changed, err := Run(context.Background(), alone, all); changed != 0 || err != nil {
		t.Errorf("Run then makes %d partitions: %v", changed, err)
	}
}

// TestWorkers: how many jobs run at once, and in how little memory, changes no byte.
func TestWorkers(t *testing.T) {
	var want map[string]string
	for _, r := range []Runner{{Workers: 1}, {Workers: 2}, {Workers: 5}, {Workers: 5, Memory: 1}} {
		store := &table.Store{Dir: t.TempDir()}
		for _, name := range []string{"a", "b", "c", "d"} {
			putDump(t, store, name)
		}
		if _, err := r.Run(context.Background(), store, []Derivation{RouteStates(MinFullFeeds), Aggregation}); err != nil {
			t.Fatal(err)
		}
		got := contents(t, store.Dir)
		if want == nil {
			want = got
		}
		if !maps.Equal(got, want) {
			t.Errorf("%d workers with %d bytes: other files than one makes", r.Workers, r.Memory)
		}
	}
}

// TestMemoryOfJobs: the jobs that run at the same time take no more than there is, except one that takes more by itself.
func TestMemoryOfJobs(t *testing.T) {
	const memory = 100
	var mu sync.Mutex
	var held, runs int64
	var jobs []Job
	for i, takes := range []int64{60, 30, 30, 60, 500, 10, 50, 50, 100} {
		jobs = append(jobs, Job{Key: table.Key{Name: fmt.Sprint(i)}, Memory: takes, Run: func(context.Context, *table.Commit) error {
			mu.Lock()
			held, runs = held+takes, runs+1
			if held > max(memory, takes) {
				t.Errorf("%d bytes at once", held)
			}
			mu.Unlock()
			runtime.Gosched()
			mu.Lock()
			held -= takes
			mu.Unlock()
			return nil
		}})
	}
	d := Derivation{Of: datasets.RouteStates.Schema, Plan: func(*table.Store) ([]Job, error) { return jobs, nil }}
	if _, err := (Runner{Workers: 5, Memory: memory}).Run(context.Background(), &table.Store{Dir: t.TempDir()}, []Derivation{d}); err != nil || runs != int64(len(jobs)) {
		t.Errorf("%d of %d jobs: %v", runs, len(jobs), err)
	}
}

// contents returns the files under a folder, by name.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(path)
		all[rel] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
