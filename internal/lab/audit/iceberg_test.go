//go:build spark

package audit

import (
	"path/filepath"
	"testing"

	"tidemark/internal/testkit"
)

// TestIceberg registers the sample's lake as Iceberg tables and reads them with pyiceberg and with Spark.
func TestIceberg(t *testing.T) {
	t.Parallel()
	installed := testkit.Spark(t)
	data := t.TempDir()
	sampleRun(t, data, runProgram)
	if _, stderr, code := runProgram(t, "-q", "-d", data, "datasets", "iceberg"); code != 0 {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	python, read := filepath.Join(installed, "bin", "python"), script(t, "testdata/iceberg.py")
	runIn(t, t.TempDir(), python, read, "pyiceberg", data)
	jars, err := filepath.Glob(filepath.Join(installed, "iceberg", "*.jar"))
	if err != nil || len(jars) != 1 {
		testkit.Missing(t, "Iceberg's reader for Spark is not installed; make spark does that")
	}
	runIn(t, t.TempDir(), python, read, "spark", data, jars[0])
}
