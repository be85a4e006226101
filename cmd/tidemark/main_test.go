package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tidemark/internal/testkit"
)

// asProgram is the variable that makes the test binary the program.
const asProgram = "TIDEMARK_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// TestSignals: a process that is stopped says by which signal, and does not wait for what it reads.
func TestSignals(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for signal, want := range map[syscall.Signal]int{syscall.SIGTERM: 143, syscall.SIGINT: 130} {
		pipe := filepath.Join(t.TempDir(), "pipe")
		if err := exec.Command("mkfifo", pipe).Run(); err != nil {
			testkit.Missing(t, "mkfifo: %v", err)
		}
		cmd := exec.Command(self, "mrt", "dump", pipe)
		cmd.Env = append(os.Environ(), asProgram+"=yes")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		writer, err := os.OpenFile(pipe, os.O_WRONLY, 0) // opens when the program does
		if err != nil {
			t.Fatal(err)
		}
		defer writer.Close()
		time.Sleep(50 * time.Millisecond)
		begun := time.Now()
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		late := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		late.Stop()
		if code := cmd.ProcessState.ExitCode(); code != want {
			t.Errorf("%s: exit code %d after %s, want %d", signal, code, time.Since(begun), want)
		}
	}
}
