package audit

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"tidemark/internal/testkit"
	"tidemark/internal/testkit/program"
)

// sampleRun runs the two commands of make run, by a function that returns what they print and their exit code.
func sampleRun(t *testing.T, data string, run func(t *testing.T, args ...string) (stdout, stderr string, code int)) {
	t.Helper()
	for _, step := range []struct {
		args []string
		says string
	}{
		{[]string{"sample", filepath.Join(data, "sample")}, "run it with: tidemark run --config"},
		{[]string{"run", "-c", filepath.Join(data, "sample", "tidemark.toml"), "-d", data}, "The site is at "},
	} {
		if stdout, stderr, code := run(t, step.args...); code != 0 || !strings.Contains(stdout, step.says) {
			t.Fatalf("%v: exit code %d\n%s%s", step.args, code, stdout, stderr)
		}
	}
}

// TestSample runs the sample once, and asks of it what users do.
func TestSample(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	sampleRun(t, data, runProgram)
	t.Run("reproducible", func(t *testing.T) { testReproducible(t, data) })
	t.Run("notebooks", func(t *testing.T) { testNotebooks(t, data) })
	t.Run("published", func(t *testing.T) { testPublished(t, data) })
	t.Run("accounts", func(t *testing.T) { testAccounts(t, data) })
	t.Run("report", func(t *testing.T) { testReport(t, data) })
	t.Run("false accounts", func(t *testing.T) { testFalseAccounts(t, data) })
	testscript.Run(t, testscript.Params{ // last: it changes the data
		Files: []string{"testdata/sample.txtar"}, RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error { return os.Symlink(data, filepath.Join(env.WorkDir, "data")) },
	})
}

// runConfined runs the program as a process of its own, which confines itself where the kernel can.
func runConfined(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := program.Command(args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	var ended *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &ended) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// testReproducible: two samples in two places, one by a confined process, end in the same bytes, and every page says what they are.
func testReproducible(t *testing.T, one string) {
	two := t.TempDir()
	sampleRun(t, two, runConfined)
	program.Same(t, "second sample", program.Hashes(t, two), program.Hashes(t, one))
	filepath.WalkDir(filepath.Join(one, "site")+"/", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".html") {
			b, _ := os.ReadFile(path)
			if moved := strings.Contains(string(b), "<h1>This page has moved</h1>"); !moved && !strings.Contains(string(b), "Sample data: a generated model Internet") {
				t.Errorf("%s does not say that these are sample data", path)
			}
		}
		return err
	})
}

// testNotebooks executes the notebooks on the sample.
func testNotebooks(t *testing.T, data string) {
	python, err := filepath.Abs(filepath.Join(root, ".venv/bin/python"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(python); err != nil {
		testkit.Missing(t, "no Python virtual environment; make .venv creates it")
	}
	notebooks, err := filepath.Glob(filepath.Join(root, "notebooks/*.ipynb"))
	if err != nil || len(notebooks) == 0 {
		t.Fatalf("no notebooks: %v", err)
	}
	cmd := exec.Command(python, append([]string{filepath.Join(root, "notebooks/execute.py")}, notebooks...)...)
	cmd.Env = append(os.Environ(), "TIDEMARK_DATA="+data, "MPLBACKEND=agg", "JUPYTER_PLATFORM_DIRS=1", "IPYTHONDIR="+t.TempDir())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
