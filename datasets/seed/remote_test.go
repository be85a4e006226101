package seed_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tidemark/datasets"
	"tidemark/datasets/seed"
	"tidemark/datasets/table"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit/tables"
)

// remote returns a site whose partitions are fetched on demand, and the folder that they are kept in.
func remote(t *testing.T, s *site) (*seed.Remote, string) {
	t.Helper()
	client := fetch.New(fetch.Options{Backoff: time.Millisecond, Attempts: 2, Stall: 2 * time.Second, Rate: 1})
	t.Cleanup(client.Close)
	dir := t.TempDir()
	r, err := seed.NewRemote(client, s.URL+"/index.html", dir)
	if err != nil {
		t.Fatal(err)
	}
	return r, dir
}

// opened returns the partitions of a dataset that a site gives, by path.
func opened(t *testing.T, r *seed.Remote, schema *table.Schema) map[string]*table.Manifest {
	t.Helper()
	store, err := r.Open(t.Context(), []*table.Schema{schema})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*table.Manifest{}
	for file, m := range held(t, store) {
		if m.Dataset == schema.Name {
			all[file] = m
		}
	}
	return all
}

// TestRemote: only what is asked for is fetched, once, and it is what is published: the same bytes, with what they were made from.
func TestRemote(t *testing.T) {
	store := publisher(t, 3)
	s := publish(t, store)
	s.index.Datasets[0].Left = 4
	s.pin(t)
	r, _ := remote(t, s)
	want := held(t, store)
	for range 2 {
		got := opened(t, r, datasets.Routes.Schema)
		if len(got) != 3 || s.asked.Load() != 3 {
			t.Fatalf("%d partitions after %d requests, want 3", len(got), s.asked.Load())
		}
		for file, m := range got {
			if m.SHA256 != want[file].SHA256 || m.MeasuredBy != nil || m.Inputs[0].Name != input.Name {
				t.Errorf("%+v, want %+v", m, want[file])
			}
		}
	}
	runs := opened(t, r, datasets.IPv6Runs.Schema)
	for file, m := range runs {
		if rows := tables.Rows(t, store, datasets.IPv6Runs, m); rows[0].Vantage != "domains" || want[file] == nil {
			t.Errorf("%s has the place %s", file, rows[0].Vantage)
		}
	}
	first := s.index.Datasets[0].Name
	for _, schema := range datasets.All() {
		left := 0
		if schema.Name == first {
			left = 4
		}
		if all, n, err := r.Partitions(t.Context(), schema); err != nil || n != left || len(all) != len(s.manifests[schema.Name]) {
			t.Errorf("%s: %d partitions, %d left out, %v", schema.Name, len(all), n, err)
		}
	}
	for file := range want {
		if m, err := r.At(t.Context(), file); err != nil || m == nil || m.SHA256 != want[file].SHA256 {
			t.Errorf("%s: %+v, %v", file, m, err)
		}
	}
	for _, file := range []string{"routes/v3/year=1999/month=01/day=01/x.parquet", "nothing/v1/x.parquet", ""} {
		if m, err := r.At(t.Context(), file); m != nil || err != nil {
			t.Errorf("%q: %+v, %v", file, m, err)
		}
	}
}

// TestRemoteChanges: once a partition is not the one that was listed, the site's index is read again, and what it has no more is dropped.
func TestRemoteChanges(t *testing.T) {
	s := publish(t, publisher(t, 2))
	r, _ := remote(t, s)
	if n := len(opened(t, r, datasets.Peers.Schema)); n != 2 {
		t.Fatalf("%d partitions of peers", n)
	}
	if _, _, err := r.Partitions(t.Context(), datasets.Routes.Schema); err != nil {
		t.Fatal(err)
	}
	other := publish(t, publisher(t, 1))
	s.files, s.handle = other.files, nil
	if _, err := r.Open(t.Context(), []*table.Schema{datasets.Routes.Schema}); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a partition that is gone: %v", err)
	}
	for _, schema := range []*table.Schema{datasets.Routes.Schema, datasets.Peers.Schema} {
		if n := len(opened(t, r, schema)); n != 1 {
			t.Errorf("%d partitions of %s", n, schema.Name)
		}
	}
}

// TestRemoteMirror: what a site was seeded with is given with who measured it, and a place that lacks its publisher's name is refused.
func TestRemoteMirror(t *testing.T) {
	origin := publish(t, publisher(t, 1))
	mirror := tables.Store(t)
	if r := from(t, t.Context(), mirror, origin, seed.Want{Known: "oslo"}); r.err != nil || len(r.failed) > 0 {
		t.Fatal(r.failed, r.err)
	}
	s := publish(t, mirror)
	r, _ := remote(t, s)
	for file, m := range opened(t, r, datasets.IPv6Runs.Schema) {
		if m.MeasuredBy == nil || m.MeasuredBy.URL != origin.URL+"/" || m.SHA256 != held(t, mirror)[file].SHA256 {
			t.Errorf("%+v", m)
		}
	}
	s.manifests["ipv6_runs"][0] = strings.Replace(s.manifests["ipv6_runs"][0], `"known_as":"oslo"`, `"known_as":"bergen"`, 1)
	s.pin(t)
	r, _ = remote(t, s)
	if _, err := r.Open(t.Context(), []*table.Schema{datasets.IPv6Runs.Schema}); err == nil || !strings.Contains(err.Error(), "want it to end with @bergen") {
		t.Errorf("a place of another publisher: %v", err)
	}
}

// TestRemoteBounds: partitions that are too many to be fetched for one question are not.
func TestRemoteBounds(t *testing.T) {
	s := publish(t, publisher(t, 2))
	for i, line := range s.manifests["routes"] {
		_, rest, _ := strings.Cut(line, `"bytes":`)
		size, _, _ := strings.Cut(rest, ",")
		s.manifests["routes"][i] = strings.Replace(line, `"bytes":`+size, fmt.Sprintf(`"bytes":%d`, 600<<20), 1)
	}
	s.pin(t)
	r, _ := remote(t, s)
	if _, err := r.Open(t.Context(), []*table.Schema{datasets.Routes.Schema}); err == nil || !strings.Contains(err.Error(), "ask about fewer datasets") || s.asked.Load() > 0 {
		t.Errorf("after %d requests: %v", s.asked.Load(), err)
	}
}
