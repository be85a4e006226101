package pipeline

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tidemark/collectors"
	"tidemark/collectors/archive"
	"tidemark/datasets"
	"tidemark/pipeline/journal"
)

// TestNothingDue: a run looks through archive and datasets only if one of them changed, or a file is to be tried again, and for
// files to clear away only when one has reached its age.
func TestNothingDue(t *testing.T) {
	now := time.Now()
	p := open(t, Options{Clock: func() time.Time { return now }, Retention: []archive.Retention{{Kinds: []string{"lines"}, Age: 24 * time.Hour}}})
	removeManifest := func() {
		manifests, err := p.Store().Manifests(datasets.ROAs.Schema)
		if err != nil || len(manifests) != 1 {
			t.Fatalf("%d manifests, %v", len(manifests), err)
		}
		path := p.store.Path(manifests[0]).String()
		if err := os.Remove(filepath.Join(filepath.Dir(path), "_"+manifests[0].Name()+".json")); err != nil {
			t.Fatal(err)
		}
	}
	removePartition := func() {
		if err := os.RemoveAll(filepath.Join(p.store.Dir, datasets.ROAs.Name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name            string
		before          func()
		looked          bool // for files to decode
		decoded, failed int
		cleared         bool // looked for files to clear away
	}{
		{"a first file", func() { put(t, p, "1 2") }, true, 1, 0, true},
		{"nothing", func() {}, false, 0, 0, false},
		{"a manifest is gone", removeManifest, true, 1, 0, true},
		{"nothing after that", func() {}, false, 0, 0, false},
		{"a partition is gone", removePartition, true, 1, 0, true},
		{"another file in its place", func() { put(t, p, "1 2 3") }, true, 1, 0, true},
		{"the disk is full", func() { put(t, p, "full") }, true, 0, 1, true},
		{"it is still full", func() {}, true, 0, 1, true},
		{"a bad file", func() { put(t, p, "bad") }, true, 0, 1, true},
		{"it is not tried again", func() {}, false, 0, 0, false},
		{"a good one", func() { put(t, p, "1") }, true, 1, 0, true},
		{"nearly a day later", func() { now = now.Add(23 * time.Hour) }, false, 0, 0, false},
		{"more than a day later", func() { now = now.Add(2 * time.Hour) }, false, 0, 0, true},
		{"then there is nothing left to clear", func() { now = now.Add(24 * time.Hour) }, false, 0, 0, false},
	} {
		test.before()
		again, err := Open(p.options)
		if err != nil {
			t.Fatal(err)
		}
		s, ctx, err := again.Begin(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		r := runner{session: s, run: &journal.Run{Start: now, Seconds: map[string]float64{}}}
		if err := r.all(ctx); err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if _, err := s.End(ctx); err != nil {
			t.Fatal(err)
		}
		failed := 0
		for _, problem := range r.problems {
			if problem.What == "cannot read" {
				failed++
			}
		}
		if r.decoded != test.looked || r.run.Decoded != test.decoded || failed != test.failed || r.cleared != test.cleared {
			t.Errorf("%s: looked for files to decode: %v, decoded %d, failed %d, looked for files to clear: %v; want %v, %d, %d, %v",
				test.name, r.decoded, r.run.Decoded, failed, r.cleared, test.looked, test.decoded, test.failed, test.cleared)
		}
	}
}

// TestPostponed: files that wait for the next publication are decoded once.
func TestPostponed(t *testing.T) {
	daily, err := collectors.ParseCadence("daily")
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, Options{PublishEvery: daily})
	for i, want := range []struct {
		content   string
		looked    bool
		published bool
	}{{"1", true, true}, {"1 2", true, false}, {"", false, false}} {
		if want.content != "" {
			put(t, p, want.content)
		}
		s, ctx, err := p.Begin(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		r := runner{session: s, run: &journal.Run{Start: noon, Seconds: map[string]float64{}}}
		if err := r.all(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := s.End(ctx); err != nil {
			t.Fatal(err)
		}
		if published := r.run.Published > 0; r.decoded != want.looked || published != want.published {
			t.Errorf("run %d: looked %v, published %v", i, r.decoded, published)
		}
	}
	if c := p.completion(); !c.At.Equal(noon) {
		t.Errorf("published at %v", c.At)
	}
}
