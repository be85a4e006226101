package cli

import (
	"os"
	"path/filepath"
	"testing"

	"tidemark/internal/testkit"
)

// testAccounts compares every figure of a site with what a second accountant, in slow and obvious Python, makes of the files
// that the site publishes.
func testAccounts(t *testing.T, data string) {
	t.Log(runIn(t, root, pythonOf(t), script(t, "testdata/accountant.py"), script(t, filepath.Join(data, "site"))))
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
	if _, stderr, code := runProgram(t, "run", "-c", root+"/examples/shared-data.toml", "-d", data); code != 0 && code != exitPartly {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	testAccounts(t, data)
}
