package archive_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/archive"
)

// TestRetention: old and surplus bytes go, oldest first, and what keep says stays; the notes stay, so that nothing is
// fetched again; a file that comes back is whole again.
func TestRetention(t *testing.T) {
	a := &archive.Archive{Dir: t.TempDir()}
	for i := range 5 {
		for _, kind := range []string{"mrt", "roas"} {
			raw := archive.Raw{Kind: kind, Name: fmt.Sprint("f", i), URL: "https://x.example/f", Fetched: day.AddDate(0, 0, i)}
			if _, _, err := a.Add(raw, strings.NewReader(strings.Repeat("x", 10))); err != nil {
				t.Fatal(err)
			}
		}
	}
	expired := func(by archive.Retention, keep string) string {
		t.Helper()
		files, _, err := a.Expired(by, day.AddDate(0, 0, 5), func(r archive.Raw) bool { return r.Name == keep })
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, f := range files {
			names = append(names, f.Kind+"/"+f.Name)
		}
		return strings.Join(names, " ")
	}
	mrt := []string{"mrt"}
	for _, test := range []struct {
		by         archive.Retention
		keep, want string
	}{
		{archive.Retention{Kinds: mrt}, "", ""},
		{archive.Retention{Kinds: mrt, Age: 3 * 24 * time.Hour}, "", "mrt/f0 mrt/f1"},
		{archive.Retention{Kinds: mrt, Age: 3 * 24 * time.Hour}, "f0", "mrt/f1"},
		{archive.Retention{Kinds: mrt, Bytes: 25}, "", "mrt/f0 mrt/f1 mrt/f2"},
		{archive.Retention{Kinds: mrt, Bytes: 25}, "f1", "mrt/f0 mrt/f2 mrt/f3"},
		{archive.Retention{Kinds: []string{"mrt", "roas"}, Bytes: 85}, "", "mrt/f0 roas/f0"},
	} {
		if got := expired(test.by, test.keep); got != test.want {
			t.Errorf("%+v, keeping %q: %q, want %q", test.by, test.keep, got, test.want)
		}
	}
	first, err := a.Get(archive.Raw{Kind: "mrt", Name: "f0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Clear(*first); err != nil {
		t.Fatal(err)
	}
	cleared, err := a.Get(archive.Raw{Kind: "mrt", Name: "f0"})
	if err != nil || cleared == nil || !cleared.Cleared || cleared.SHA256 != first.SHA256 {
		t.Fatalf("the note of a cleared file: %+v, %v", cleared, err)
	}
	if _, err := cleared.OpenBytes(); !os.IsNotExist(err) {
		t.Errorf("the bytes of a cleared file: %v", err)
	}
	if err := a.Sweep(); err != nil {
		t.Fatal(err)
	}
	if all, err := a.List("mrt"); err != nil || len(all) != 5 {
		t.Errorf("%d notes, %v", len(all), err)
	}
	// A run that was killed between note and bytes is finished by the next.
	if err := os.WriteFile(filepath.Join(a.Dir, filepath.FromSlash(cleared.ID())), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := expired(archive.Retention{Kinds: mrt, Age: 1000 * time.Hour}, ""); got != "mrt/f0" {
		t.Errorf("half cleared: %q", got)
	}
	if err := a.Clear(*cleared); err != nil {
		t.Fatal(err)
	}
	// Other bytes are refused although the old ones are gone; the same bring the file back.
	if _, _, err := a.Add(*cleared, strings.NewReader("other")); err == nil {
		t.Error("other bytes are taken under the name of a cleared file")
	}
	back := *cleared
	back.Cleared = false
	if _, added, err := a.Add(back, strings.NewReader(strings.Repeat("x", 10))); err != nil || !added {
		t.Errorf("bringing it back: %v, %v", added, err)
	}
	if now, err := a.Get(back); err != nil || now.Cleared {
		t.Errorf("the note of a file that is back: %+v, %v", now, err)
	}
	if b, err := fs.ReadFile(os.DirFS(a.Dir), cleared.ID()); err != nil || len(b) != 10 {
		t.Errorf("its bytes: %q, %v", b, err)
	}
}
