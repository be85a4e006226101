package site

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// skip skips a test for want of something, which is an error in CI.
func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// need returns the path of a program; without it the test is skipped.
func need(t *testing.T, program string) string {
	t.Helper()
	for _, name := range []string{program, "/usr/sbin/" + program} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	skip(t, program+" is missing; .ci/run installs it")
	return ""
}

// needCheck returns the path of a tool that make installs through npm.
func needCheck(t *testing.T, parts ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(append([]string{"testdata", "checks", "node_modules"}, parts...)...))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		skip(t, "the checks of npm are missing; make test installs them where npm is installed")
	}
	return path
}
