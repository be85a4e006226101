//go:build spark

package cluster

import (
	"os/exec"
	"path/filepath"
	"testing"

	"tidemark/internal/testkit"
)

// TestDescribed: Kubernetes and AWS Batch know every name and value in the files of examples for them.
func TestDescribed(t *testing.T) {
	t.Parallel()
	python := filepath.Join(testkit.Spark(t), "bin", "python")
	if out, err := exec.CommandContext(t.Context(), python, "testdata/described.py", "../../../examples").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
