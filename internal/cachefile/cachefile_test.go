package cachefile

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"tidemark/internal/testkit/fuzz"
)

type entry struct {
	Name  string
	Bytes int64
}

func entries(n int) (all []entry) {
	for i := range n {
		all = append(all, entry{string(rune('a' + i%26)), int64(i)})
	}
	return all
}

// TestRoundTrip reads back what was written, with numbers of entries around those of a message.
func TestRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk} {
		file := filepath.Join(t.TempDir(), "cache")
		want := entries(n)
		if err := Write(file, "header", slices.Values(want)); err != nil {
			t.Fatal(err)
		}
		got, err := Read[entry](file, "header")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d entries: %d were read, or others", n, len(got))
		}
	}
}

// TestUnusable: a missing file has no entries; a damaged one, and one with another header, is an error.
func TestUnusable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cache")
	if got, err := Read[entry](file, "header"); len(got) > 0 || err != nil {
		t.Errorf("a missing file: %v, %v", got, err)
	}
	if err := Write(file, "header", slices.Values(entries(3))); err != nil {
		t.Fatal(err)
	}
	if got, err := Read[entry](file, "another"); err == nil {
		t.Errorf("another header: %v", got)
	}
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"empty": {}, "text": []byte("no cache"), "cut": good[:len(good)/2], "without its checksum": good[:len(good)-4]} {
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := Read[entry](file, "header"); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestEntriesBeforeDamage: what is yielded of a file with any byte changed is as it was written.
func TestEntriesBeforeDamage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cache")
	want := entries(2*chunk + 10)
	if err := Write(file, "header", slices.Values(want)); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(good); i += 7 {
		bad := slices.Clone(good)
		bad[i] ^= 0x10
		if err := os.WriteFile(file, bad, 0o644); err != nil {
			t.Fatal(err)
		}
		n := 0
		for e, err := range Entries[entry](file, "header") {
			if err != nil {
				break
			}
			if e != want[n] {
				t.Fatalf("byte %d changed: entry %d is %v, want %v", i, n, e, want[n])
			}
			n++
		}
	}
}

// FuzzRead: no file makes Read panic or hang.
func FuzzRead(t *testing.F) {
	f := fuzz.With(t)
	file := filepath.Join(t.TempDir(), "cache")
	if err := Write(file, "header", slices.Values(entries(3))); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, b []byte) {
		file := filepath.Join(t.TempDir(), "cache")
		if err := os.WriteFile(file, b, 0o644); err != nil {
			t.Fatal(err)
		}
		Read[entry](file, "header")
	})
}
