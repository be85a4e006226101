package schedule_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"tidemark/internal/testkit/fuzz"
	"tidemark/pipeline/schedule"
)

// FuzzState: what is known of the sources is read or lost with an error, and can be written and read again either way.
func FuzzState(t *testing.F) {
	f := fuzz.With(t)
	for _, seed := range []string{"", "null", "{}", `{"sources":null}`, `{"sources":{"a":null,"b":{"items":{"x":null}}}}`, `{"sources":{"a":{"since":"9999-12-31T23:59:59Z","asked":"x"}}}`} {
		f.Add([]byte(seed))
	}
	now := time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)
	path := filepath.Join(f.TempDir(), "sources.json")
	f.Fuzz(func(t *testing.T, b []byte) {
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		check(os.WriteFile(path, b, 0o644))
		s, _ := schedule.Load(path)
		for name := range s.Sources {
			s.Of(name)
			s.Accept(name, "x")
		}
		s.Meet([]schedule.Task{{}}, now)
		check(s.Save(path))
		_, err := schedule.Load(path)
		check(err)
	})
}
