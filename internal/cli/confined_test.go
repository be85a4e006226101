package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestWithin: a link on the way, also to the working directory, hides from nobody that a file lies in the folder.
func TestWithin(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	data, elsewhere, link := filepath.Join(base, "data"), filepath.Join(base, "elsewhere"), filepath.Join(base, "link")
	if err := errors.Join(os.Mkdir(data, 0o755), os.Mkdir(elsewhere, 0o755), os.Symlink(".", link), os.Symlink(data, filepath.Join(elsewhere, "in"))); err != nil {
		t.Skip(err)
	}
	t.Chdir(base)
	t.Setenv("PWD", link) // as a shell has it that went there by the link
	for _, c := range []struct {
		folder, file string
		want         bool
	}{
		{"data", "data/x", true},
		{"data", filepath.Join(data, "x"), true},
		{data, "data/x", true},
		{"link/data", filepath.Join(data, "x"), true},
		{"data", "elsewhere/in/x", true},
		{"data", "elsewhere/x", false},
		{"data", filepath.Join(elsewhere, "x"), false},
		{"data", "data", false},
		{"missing", "data/x", false},
	} {
		if got, err := within(c.folder, c.file); err != nil || got != c.want {
			t.Errorf("%s in %s: %v, %v, want %v", c.file, c.folder, got, err, c.want)
		}
	}
}
