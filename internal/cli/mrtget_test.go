package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/internal/lab/replica"
	"tidemark/internal/testkit"
)

// TestGet fetches files of both archives from their replicas: those of the range, each once, and nothing over a file that is there.
func TestGet(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "nginx")
	first := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	now := first.AddDate(0, 0, 2)
	r, err := replica.Start(replica.Options{Dir: t.TempDir(), From: first, Now: func() time.Time { return now }, Update: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	for _, c := range []struct{ collector, host, file, kinds, until, want string }{
		{"rrc00", replica.RIS, "bview.20240101.0000.gz", "rib", "2024-01-01T12:00:00Z", "bview.20240101.0000.gz bview.20240101.1200.gz"},
		{"rrc00", replica.RIS, "updates.20240101.0000.gz", "rib,updates", "2024-01-02T11:59:00Z", "bview.20240101.0000.gz bview.20240101.1200.gz bview.20240102.0000.gz updates.20240101.0000.gz updates.20240102.0000.gz"},
		{"route-views2", replica.RouteViews, "rib.20240101.0000.bz2", "rib", "2024-01-01", "rib.20240101.0000.bz2 rib.20240101.1200.bz2"},
	} {
		dir, data := t.TempDir(), t.TempDir()
		args := []string{"--data", data, "mrt", "get", c.collector, "--from", "2024-01-01", "--until", c.until, "--files", c.kinds, "--to", dir, "--mirror", r.URL(c.host)}
		if stdout, stderr, code := runProgram(t, append(args, "--dry-run")...); code != 0 || strings.Count(stdout, "\n") != len(strings.Fields(c.want)) {
			t.Errorf("%s: dry run: exit code %d\n%s%s", c.collector, code, stdout, stderr)
		}
		kept := filepath.Join(dir, c.file)
		if err := os.WriteFile(kept, []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
		stdout, stderr, code := runProgram(t, args...)
		if code != 0 || !strings.Contains(stdout, c.file+" is there") {
			t.Errorf("%s: exit code %d\n%s%s", c.collector, code, stdout, stderr)
		}
		if b, err := os.ReadFile(kept); err != nil || string(b) != "mine" {
			t.Errorf("%s: the file that was there is now %q, %v", c.collector, b, err)
		}
		if err := os.Remove(kept); err != nil {
			t.Fatal(err)
		}
		if _, stderr, code := runProgram(t, args...); code != 0 {
			t.Errorf("%s: exit code %d: %s", c.collector, code, stderr)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			got = append(got, e.Name())
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.collector, got, c.want)
		}
		if _, stderr, code := runProgram(t, "mrt", "stat", kept); code != 0 {
			t.Errorf("%s: %s: %s", c.collector, c.file, stderr)
		}
	}
}

// TestGetRefuses: what is not asked for of any server.
func TestGetRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args string
		code int
	}{
		{"rrc00 --from 2024-01-02 --until 2024-01-01", exitUsage},
		{"rrc* --from 2024-01-01 --until 2024-01-02", exitUsage},
		{"rrc00 --from soon --until 2024-01-02", exitUsage},
		{"rrc00 --from 2024-01-01 --until 2024-01-02 --mirror ftp://archive.example.net", exitUsage},
		{"../rrc00 --from 2024-01-01 --until 2024-01-02 --mirror http://127.0.0.1:9", exitPartly},
	} {
		args := append([]string{"--data", t.TempDir(), "mrt", "get", "--to", t.TempDir()}, strings.Fields(c.args)...)
		if _, stderr, code := runProgram(t, args...); code != c.code {
			t.Errorf("%s: exit code %d, want %d: %s", c.args, code, c.code, stderr)
		}
	}
}
