//go:build spark

package cluster

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tidemark/analysis"
	"tidemark/internal/testkit"
)

// TestQuestions has Spark SQL answer the questions from the partitions of the sample: every value is that of the stored answer. The script names those
// that Spark cannot answer.
func TestQuestions(t *testing.T) {
	t.Parallel()
	alone := newLake(t)
	alone.run(0, "collect")
	alone.run(0, "analyse")
	python := filepath.Join(testkit.Spark(t), "bin", "python")
	queries := map[string]string{}
	for _, q := range analysis.Questions() {
		queries[q.Slug] = q.SQL
	}
	b, err := json.Marshal(queries)
	if err != nil {
		t.Fatal(err)
	}
	questions := filepath.Join(t.TempDir(), "questions.json")
	if err := os.WriteFile(questions, b, 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), python, "testdata/questions.py", alone.data, questions).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
}
