package table_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/datasets/table"
	"tidemark/internal/testkit/fuzz"
)

// attack writes a manifest that lies beside a partition and says what it likes.
func attack(t *testing.T, s *table.Store, manifest string) (dir string) {
	t.Helper()
	dir = filepath.Join(s.Dir, "test_rows", "v1", "year=2014", "month=05", "day=30")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"_0evil.json": manifest, "0evil.parquet": "PAR1"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestManifestLeadsOutside: whatever a manifest names, nothing outside of the store is read or removed.
func TestManifestLeadsOutside(t *testing.T) {
	for _, manifest := range []string{
		`{"dataset":"test_rows","schema_version":1,"file":"../../victim.parquet","bytes":1,"sha256":"","rows":1,"inputs":[],"together":["nothing/there.parquet"]}`,
		`{"file":"test_rows/v1/year=2014/month=05/day=30/0evil.parquet","bytes":4,"sha256":"` + strings.Repeat("0", 64) + `","together":["../../victim.parquet"]}`,
		`{"file":"test_rows/v1/year=2014/month=05/day=30/a.parquet"}`,
		"", "{", "null", "[]",
	} {
		home := t.TempDir()
		s := &table.Store{Dir: filepath.Join(home, "data", "datasets"), Program: "test"}
		var told []string
		s.OnDamage = func(file string, err error) error {
			told = append(told, file)
			return s.SetAside(file, err)
		}
		commit(t, s, "a", 3)
		dir := attack(t, s, manifest)
		victim := filepath.Join(home, "victim.parquet")
		if err := os.WriteFile(victim, []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := s.Sweep(); err != nil {
			t.Errorf("%s: sweeping: %v", manifest, err)
		}
		all, err := s.Manifests(rows.Schema)
		if err != nil || len(all) != 1 {
			t.Errorf("%s: %d partitions, want 1: %v", manifest, len(all), err)
		}
		if _, err := os.Stat(victim); err != nil {
			t.Errorf("%s: %v", manifest, err)
		}
		if _, err := os.Stat(filepath.Join(dir, "0evil.parquet")); err == nil {
			t.Errorf("%s: the partition is still there", manifest)
		}
		if len(told) != 1 {
			t.Errorf("%s: told of %q, want one partition", manifest, told)
		}
	}
}

// TestLinkLeadsOutside: a symbolic link in place of a partition is not a partition, and one in place of a folder is not written through.
func TestLinkLeadsOutside(t *testing.T) {
	s := &table.Store{Dir: filepath.Join(t.TempDir(), "datasets"), Program: "test"}
	m := commit(t, s, "a", 3)
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.Rename(s.Path(m).String(), outside); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, s.Path(m).String()); err != nil {
		t.Fatal(err)
	}
	if all, err := s.Manifests(rows.Schema); len(all) != 0 || err != nil {
		t.Errorf("%d partitions, want none: %v", len(all), err)
	}
	other := t.TempDir()
	if err := os.RemoveAll(filepath.Join(s.Dir, "test_rows")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, filepath.Join(s.Dir, "test_rows")); err != nil {
		t.Fatal(err)
	}
	c := s.Begin()
	defer c.Abort()
	if _, err := rows.Create(c, table.Key{Day: day, Name: "a"}); err == nil {
		t.Error("a partition is written through a link that leads out of the store")
	}
	if left, _ := os.ReadDir(other); len(left) != 0 {
		t.Errorf("outside lies %v", left)
	}
}

// TestTruncatedPartition does not count, and is aside with the reason once it was met.
func TestTruncatedPartition(t *testing.T) {
	for name, open := range map[string]func(*table.Store){"read from the disk": func(*table.Store) {}, "catalogued": func(s *table.Store) { s.LoadCatalogue(t.TempDir(), filepath.Join(t.TempDir(), "catalogue")) }} {
		s := &table.Store{Dir: t.TempDir(), Program: "test"}
		s.OnDamage = s.SetAside
		m, _ := commit(t, s, "a", 3), commit(t, s, "b", 3)
		if err := os.Truncate(s.Path(m).String(), 10); err != nil {
			t.Fatal(err)
		}
		open(s)
		if all, err := s.Manifests(rows.Schema); len(all) != 1 || err != nil {
			t.Errorf("%s: %d partitions, want 1: %v", name, len(all), err)
		}
		reason, err := os.ReadFile(filepath.Join(s.Dir, ".damaged", m.File+".reason.txt"))
		if err != nil || !strings.Contains(string(reason), "has 10 bytes") {
			t.Errorf("%s: the reason is %q, %v", name, reason, err)
		}
		commit(t, s, "a", 3)
		if all, err := s.Manifests(rows.Schema); len(all) != 2 || err != nil {
			t.Errorf("%s: made again, %d partitions, want 2: %v", name, len(all), err)
		}
		if info, err := os.Stat(s.Path(m).String()); err != nil || info.Mode().Perm() != 0o444 {
			t.Errorf("%s: a partition has mode %v, want it read-only: %v", name, info.Mode(), err)
		}
	}
}

func FuzzManifest(t *testing.F) {
	f := fuzz.With(t)
	f.Add(`{"file":"../../victim.parquet"}`)
	f.Add(`{"file":"test_rows/v1/year=2014/month=05/day=30/0evil.parquet","bytes":4,"sha256":"` + strings.Repeat("a", 64) + `","together":["test_rows/../../x.parquet"]}`)
	f.Fuzz(func(t *testing.T, text string) {
		home := t.TempDir()
		s := &table.Store{Dir: filepath.Join(home, "datasets"), Program: "test"}
		s.OnDamage = s.SetAside
		attack(t, s, text)
		victim := filepath.Join(home, "victim.parquet")
		if err := os.WriteFile(victim, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := s.Sweep(); err != nil {
			t.Fatal(err)
		}
		all, err := s.Manifests(rows.Schema)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range all {
			if m.Day() != day {
				t.Errorf("a partition of day %s", m.Day())
			}
			if err := s.Remove(m); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := os.Stat(victim); err != nil {
			t.Error(err)
		}
	})
}
