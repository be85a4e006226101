package simulation

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"tidemark/internal/testkit/program"
	"time"
)

// TestKilledRuns kills a run at two moments, in CI at ten; the next whole run ends in the same bytes as one that was never
// killed.
func TestKilledRuns(t *testing.T) {
	t.Parallel()
	config, want := smallConfig(t), t.TempDir()
	start := time.Now()
	if out, err := program.Command("run", "-c", config, "-d", want).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	whole := time.Since(start)
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
	program.Same(t, "after the kills", program.Hashes(t, data), program.Hashes(t, want))
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
