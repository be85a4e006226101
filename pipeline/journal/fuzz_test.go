package journal_test

import (
	"os"
	"path/filepath"
	"testing"

	"tidemark/internal/testkit/fuzz"
	"tidemark/pipeline/journal"
)

// FuzzJournal: whatever the journal's files hold, they are read or said to be damaged, and a run can be added to the lines.
func FuzzJournal(t *testing.F) {
	f := fuzz.With(t)
	f.Add([]byte(`{"start":"2026-11-28T10:00:00Z","program":"x","outcome":"done","decoded":1}` + "\n"))
	f.Add([]byte(`{"start":"2026-11-28T10:00:00Z","sources":[{"source":"a","errors":["x"]}],"alerts":[{"id":"silent:a"}]}`))
	f.Add([]byte("{\n\x00\n[]\n"))
	f.Add([]byte(""))
	j := journal.Journal{Dir: f.TempDir()}
	runs := filepath.Join(j.Dir, "runs")
	f.Fuzz(func(t *testing.T, b []byte) {
		check(t, os.RemoveAll(runs))
		check(t, os.Mkdir(runs, 0o755))
		for _, path := range []string{filepath.Join(runs, "2024.jsonl"), filepath.Join(j.Dir, "last.json"), filepath.Join(j.Dir, "running.json"), filepath.Join(j.Dir, "alerts.json")} {
			check(t, os.WriteFile(path, b, 0o644))
		}
		j.Last()
		j.Unfinished()
		j.Raise([]journal.Alert{{ID: "x"}})
		before, err := j.Runs(0)
		check(t, err)
		check(t, j.Keep(&journal.Run{Start: start, Outcome: journal.Partly}))
		after, err := j.Runs(0)
		check(t, err)
		if len(after) < len(before) || len(after) > len(before)+1 {
			t.Errorf("%d runs, then %d", len(before), len(after))
		}
	})
}
