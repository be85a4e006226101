package cli

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tidemark/internal/confine"
	"tidemark/internal/testkit"
)

// TestNotConfined: on a system that cannot confine it, the program says so once and goes on; another error stops it.
func TestNotConfined(t *testing.T) {
	var said strings.Builder
	env := &environment{log: slog.New(slog.NewTextHandler(&said, nil))}
	if err := env.confined(confine.ErrUnsupported); err != nil {
		t.Error(err)
	}
	if got := said.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "not confined") {
		t.Errorf("it said %q", got)
	}
	if err := env.confined(fs.ErrPermission); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v, want %v", err, fs.ErrPermission)
	}
}

// TestWithin: a link on the way, also to the working directory, hides from nobody that a file lies in the folder.
func TestWithin(t *testing.T) {
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	data, elsewhere, link := filepath.Join(base, "data"), filepath.Join(base, "elsewhere"), filepath.Join(base, "link")
	if err := errors.Join(os.Mkdir(data, 0o755), os.Mkdir(elsewhere, 0o755), os.Symlink(".", link), os.Symlink(data, filepath.Join(elsewhere, "in"))); err != nil {
		testkit.Missing(t, "%v", err)
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
