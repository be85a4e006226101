package audit

import (
	"path/filepath"
	"testing"

	"tidemark/internal/testkit"
)

// testIceberg registers the lake as Iceberg tables and reads them with pyiceberg.
func testIceberg(t *testing.T, data string) {
	python := filepath.Join(testkit.Spark(t), "bin", "python")
	if _, stderr, code := runProgram(t, "-q", "-d", data, "datasets", "iceberg"); code != 0 {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	runIn(t, t.TempDir(), python, script(t, "testdata/iceberg.py"), data)
}
