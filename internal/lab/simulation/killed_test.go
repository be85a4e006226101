package simulation

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark/internal/testkit"
	"tidemark/internal/testkit/program"
)

// smallConfig is a configuration over beginnings of real files, which are read in a moment.
func smallConfig(t *testing.T) string {
	var b strings.Builder
	for i, s := range []struct{ kind, collector, file, date string }{
		{"mrt", "ris-2000", "mrt/ris-2000.rib.gz", ""},
		{"mrt", "route-views-2014", "mrt/routeviews-2014.rib.bz2", ""},
		{"mrt", "ris-2015", "mrt/ris-2015.updates.gz", ""},
		{"rfc-index", "", "rfc/rfc-index.xml", "2017-01-01"},
		{"rfc-index", "", "rfc/rfc-index-2026-06-12.txt", "2026-06-12"},
		{"special-prefixes", "iana", "registry/iana-ipv4-special-registry-1.csv", "2000-01-01"},
		{"roas", "", "registry/roas-201801.json", "2014-05-01"},
	} {
		fmt.Fprintf(&b, "[[source]]\nname = \"s%d\"\nkind = %q\ncollector = %q\nurls = [\"file:%s\"]\ndate = %q\n\n", i, s.kind, s.collector, testkit.File(t, s.file), s.date)
	}
	path := filepath.Join(t.TempDir(), "tidemark.toml")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSmallRun makes one run on real files, and holds others against it: a second one, one without datasets, answers and
// site, and those that follow killed ones.
func TestSmallRun(t *testing.T) {
	t.Parallel()
	config, data := smallConfig(t), t.TempDir()
	start := time.Now()
	if out, err := program.Command("run", "-c", config, "-d", data).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	whole := time.Since(start)
	first := program.Hashes(t, data)
	t.Run("twice", func(t *testing.T) { testRunTwice(t, config, data, first) })
	t.Run("rebuild", func(t *testing.T) { testRebuild(t, config, data, first) })
	t.Run("killed", func(t *testing.T) { testKilledRuns(t, config, whole, first) })
}

// testRunTwice: a second run changes nothing and says so.
func testRunTwice(t *testing.T, config, data string, want map[string]string) {
	_, stderr, code := runProgram(t, "run", "-c", config, "-d", data)
	if code != 0 {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	if !strings.Contains(stderr, "nothing was due") {
		t.Errorf("it had something to do:\n%s", stderr)
	}
	program.Same(t, "second run", program.Hashes(t, data), want)
}

// testRebuild: without datasets, answers and site the archive gives the same bytes again.
func testRebuild(t *testing.T, config, data string, want map[string]string) {
	for _, dir := range []string{"datasets", "answers", "site"} {
		if err := os.RemoveAll(filepath.Join(data, dir)); err != nil {
			t.Fatal(err)
		}
	}
	if _, stderr, code := runProgram(t, "run", "-c", config, "-d", data); code != 0 {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	program.Same(t, "rebuild", program.Hashes(t, data), want)
}

// testKilledRuns kills a run at two moments, in CI at ten; the next whole run ends in the same bytes as one that was never
// killed.
func testKilledRuns(t *testing.T, config string, whole time.Duration, want map[string]string) {
	data := t.TempDir()
	kills, met := 2, 0
	if os.Getenv("CI") != "" {
		kills = 10
	}
	for i := range kills {
		cmd := program.Command("run", "-c", config, "-d", data)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(whole * time.Duration(i+1) / time.Duration(kills+1))
		cmd.Process.Signal(syscall.SIGKILL)
		cmd.Wait()
		if status, is := cmd.ProcessState.Sys().(syscall.WaitStatus); is && status.Signaled() {
			met++
		}
		if i%3 == 2 { // begin anew, so that early moments are met with and without an archive
			os.RemoveAll(filepath.Join(data, "datasets"))
		}
	}
	if met == 0 {
		t.Error("no kill met a run: all had ended before")
	}
	if _, stderr, code := runProgram(t, "run", "-c", config, "-d", data); code != 0 {
		t.Fatalf("after the kills: exit code %d\n%s", code, stderr)
	}
	program.Same(t, "after the kills", program.Hashes(t, data), want)
	if stdout, _, code := runProgram(t, "datasets", "verify", "-d", data); code != 0 {
		t.Errorf("verify: %s", stdout)
	}
}

// TestOneRunAtATime: a second run on the same data folder gives up at once.
func TestOneRunAtATime(t *testing.T) {
	t.Parallel()
	config, data := smallConfig(t), t.TempDir()
	cmd := program.Command("run", "-c", config, "-d", data)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	for range 200 {
		if _, err := os.Stat(filepath.Join(data, "archive")); err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if _, stderr, code := runProgram(t, "collect", "-c", config, "-d", data); code != locked || !strings.Contains(stderr, "another run") {
		t.Errorf("exit code %d, want %d\n%s", code, locked, stderr)
	}
}
