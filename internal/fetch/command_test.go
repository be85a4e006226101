package fetch_test

import (
	"os"
	"os/exec"
	"testing"
)

// testCommand runs one test in a process of its own.
func testCommand(t *testing.T, name string, environment ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, "-test.run=^"+name+"$", "-test.count=1")
	c.Env = append(os.Environ(), environment...)
	return c
}
