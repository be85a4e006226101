package testkit_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/internal/testkit"
)

// recorder is a test that only notes how it ended.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Helper() {}

func (r *recorder) Skip(args ...any) { r.end("skipped: " + fmt.Sprint(args...)) }

func (r *recorder) Fatalf(format string, args ...any) {
	r.end("failed: " + fmt.Sprintf(format, args...))
}

// end notes the first ending only, since it does not stop the test.
func (r *recorder) end(how string) {
	if r.ended == "" {
		r.ended = how
	}
}

// TestMissing: what is missing skips a test, but fails it in CI.
func TestMissing(t *testing.T) {
	for _, c := range []struct {
		name string
		need func(testing.TB)
		want string
	}{
		{"a program", func(t testing.TB) { testkit.Need(t, "no-such-program") },
			"no-such-program is not installed; Debian has it in the package no-such-program"},
		{"a program of another package", func(t testing.TB) { testkit.Need(t, "/no/such/folder/birdc") },
			"birdc is not installed; Debian has it in the package bird2"},
		{"an input", func(t testing.TB) { testkit.Data(t, "no/such/file") }, "real input is missing: shared/data/no/such/file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for ci, want := range map[string]string{"": "skipped: " + c.want, "true": "failed: " + c.want + ", and in CI nothing may be missing"} {
				t.Setenv("CI", ci)
				r := &recorder{TB: t}
				c.need(r)
				if !strings.HasPrefix(r.ended, want) {
					t.Errorf("CI=%q: %s, want %s", ci, r.ended, want)
				}
			}
		})
	}
}

func TestNeed(t *testing.T) {
	if path := testkit.Need(t, "no-such-program", "go"); filepath.Base(path) != "go" {
		t.Errorf("found %s, want the go command", path)
	}
}
