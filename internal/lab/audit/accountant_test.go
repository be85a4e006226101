package audit

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/internal/testkit"
)

// testAccounts compares every figure of a site with what a second accountant, in slow and obvious Python, makes of the files
// that the site publishes.
func testAccounts(t *testing.T, data string) {
	t.Log(runIn(t, root, pythonOf(t), script(t, "testdata/accountant.py"), script(t, filepath.Join(data, "site"))))
}

// testFalseAccounts: a figure that was altered, and a question that nobody recomputes, are found.
func testFalseAccounts(t *testing.T, data string) {
	site, err := filepath.EvalSymlinks(filepath.Join(data, "site"))
	if err != nil {
		t.Fatal(err)
	}
	altered := t.TempDir()
	for _, name := range []string{"data", "datasets", "index.html"} {
		if err := os.Symlink(filepath.Join(site, name), filepath.Join(altered, name)); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(filepath.Join(site, "q", "table-growth", "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"table-growth": strings.ReplaceAll(string(page), "763", "764"), "unheard-of": string(page)} {
		if err := os.MkdirAll(filepath.Join(altered, "q", name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(altered, "q", name, "index.html"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), pythonOf(t), script(t, "testdata/accountant.py"), altered).CombinedOutput()
	for _, want := range []string{"the page has ['764',", "the files give ['763',", "unheard-of: no function recomputes this question"} {
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("%v, without %q:\n%s", err, want, out)
		}
	}
}

// TestSharedData makes the site of the real files, which have what no model has, and audits it. It takes minutes.
func TestSharedData(t *testing.T) {
	if testing.Short() {
		t.Skip("the real files take minutes")
	}
	t.Parallel()
	if _, err := os.Stat(root + "/../shared/data"); err != nil {
		testkit.Missing(t, "the real files are not beside the repository")
	}
	data := t.TempDir()
	if _, stderr, code := runProgram(t, "run", "-c", root+"/examples/shared-data.toml", "-d", data); code != 0 && code != partly {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	testAccounts(t, data)
}
