package audit

import (
	"encoding/json"
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
	if out, err := recount(oneMore(t, stdout, "Prefixes")); err == nil || !strings.Contains(out, "IPv4 Prefixes: the report has ") {
		t.Error("an altered figure is not found:", err, out)
	}
}

// oneMore returns the report with one more of what the label names, in its last year.
func oneMore(t *testing.T, report, label string) string {
	t.Helper()
	var r map[string]any
	if err := json.Unmarshal([]byte(report), &r); err != nil {
		t.Fatal(err)
	}
	for _, section := range r["sections"].([]any) {
		years, _ := section.(map[string]any)["years"].([]any)
		for _, of := range years {
			for _, row := range of.(map[string]any)["rows"].([]any) {
				row := row.(map[string]any)
				values := row["values"].([]any)
				last, known := values[len(values)-1].(float64)
				if row["label"] == label && known {
					values[len(values)-1] = last + 1
				}
			}
		}
	}
	altered, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(altered)
}
