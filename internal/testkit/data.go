// Package testkit finds the real inputs that tests and benchmarks read: the folder shared/data beside the repository.
package testkit

import (
	"os"
	"path/filepath"
	"testing"
)

// Data is the place of one input, such as "mrt/bgpdump/test_data/bview.20020722.2337.gz". Where the inputs are not at
// hand the test is skipped, in CI it fails.
func Data(t testing.TB, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
	path := filepath.Join(filepath.Dir(dir), "shared", "data", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("real input is missing: %v", err)
		}
		t.Skipf("real input is not at hand: shared/data/%s", name)
	}
	return path
}
