package archive_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/archive"
	"tidemark/internal/testkit/fuzz"
)

// FuzzNote: whatever a note says, it concerns the file beside it and no other, is read or set aside, and nothing outside is read or removed.
func FuzzNote(t *testing.F) {
	f := fuzz.With(t)
	for _, seed := range []string{
		"", "null", "{}", "[[]]", `{"bytes":3,"sha256":"` + strings.Repeat("a", 64) + `"}`, `{"bytes":-1,"sha256":"` + strings.Repeat("0", 64) + `"}`,
		`{"kind":"../..","collector":"..","name":"../../../../victim","day":"9999-12-31T23:59:59Z","bytes":3,"sha256":"` + strings.Repeat("0", 64) + `","cleared":true,"packed":{"format":"zstd","bytes":1,"sha256":""}}`,
		`{"bytes":6,"sha256":"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824","url":"https://example.net/#../../victim","modified":"x","fetched":"2026-11-28T10:00:00Z"}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		home := t.TempDir()
		a := &archive.Archive{Dir: filepath.Join(home, "archive")}
		damaged := 0
		a.OnDamage = func(id string, why error) error { damaged++; return a.SetAside(id, why) }
		dir, victim := filepath.Join(a.Dir, "roas", "x", "2020-02-03"), filepath.Join(home, "victim")
		check(t, os.MkdirAll(dir, 0o755))
		for path, content := range map[string]string{victim: "secret", filepath.Join(dir, "f"): "hello", filepath.Join(dir, "f.meta.json"): text} {
			check(t, os.WriteFile(path, []byte(content), 0o644))
		}
		all, err := a.List("")
		check(t, err)
		if len(all)+damaged != 1 {
			t.Fatalf("%d files and %d damaged notes", len(all), damaged)
		}
		for _, raw := range all {
			if raw.ID() != "roas/x/2020-02-03/f" {
				t.Errorf("the note is that of %s", raw.ID())
			}
			raw.Key(day)
			raw.Place()
			if err := raw.Verify(t.Context()); err == nil && (raw.Bytes != 5 || raw.Packed != nil) {
				t.Errorf("%+v is right about hello", raw)
			}
			_, _, err := a.Expired(archive.Retention{}, time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC), func(archive.Raw) bool { return false })
			check(t, err)
			check(t, a.Clear(raw))
		}
		if b, err := os.ReadFile(victim); string(b) != "secret" {
			t.Errorf("outside: %q, %v", b, err)
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
