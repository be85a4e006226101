package audit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// testReport compares the report of the sample's last whole year with what a slow program makes of the raw dumps, and shows
// that it finds a figure that was altered.
func testReport(t *testing.T, data string) {
	stdout, stderr, code := runProgram(t, "report", "--json", "2024", "-d", data)
	if code != 0 {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	recount := func(report string) (string, error) {
		file := filepath.Join(t.TempDir(), "report.json")
		if err := os.WriteFile(file, []byte(report), 0o644); err != nil {
			t.Fatal(err)
		}
		dumps := filepath.Join(data, "sample", "mrt", "sample-a")
		out, err := exec.CommandContext(t.Context(), pythonOf(t), script(t, "testdata/report.py"), file,
			filepath.Join(dumps, "rib.20240101.0000.gz"), filepath.Join(dumps, "rib.20250101.0000.gz")).CombinedOutput()
		return string(out), err
	}
	if out, err := recount(stdout); err != nil {
		t.Error(err, out)
	}
	altered := strings.Replace(stdout, "763", "764", 1)
	if out, err := recount(altered); err == nil || !strings.Contains(out, "the report has 764, the dump gives 763") {
		t.Error("an altered figure is not found:", err, out)
	}
}
