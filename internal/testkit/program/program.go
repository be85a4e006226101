// Package program runs the command line for tests, in their own process or in one that they may kill, and compares what it
// left in its data folder.
package program

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// Main is the program: cli.Main.
type Main func(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int

// Test runs the tests of a package and ends the process. For them the program is in PATH as tidemark: the test binary under
// that name.
func Test(m *testing.M, main Main) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // libraries log to it; the program sets it where it is a process of its own
	testscript.Main(m, map[string]func(){"tidemark": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		code := main(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
		stop()
		os.Exit(code)
	}})
}

// Run runs the program in this process.
func Run(t testing.TB, main Main, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = main(t.Context(), args, strings.NewReader(""), &out, &errs)
	return out.String(), errs.String(), code
}

// Command returns the program as a process of its own, in packages whose TestMain calls Test.
func Command(args ...string) *exec.Cmd { return exec.Command("tidemark", args...) }

// Hashes returns the SHA-256 of each file of datasets, answers and site by its path.
func Hashes(t testing.TB, data string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, dir := range []string{"datasets", "answers", "site"} {
		root := filepath.Join(data, dir)
		if version, err := filepath.EvalSymlinks(root); err == nil { // the site is a link to its published version
			root = version
		}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if os.IsNotExist(err) {
				return nil
			}
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(path)
			sum := sha256.Sum256(b)
			rel, _ := filepath.Rel(root, path)
			all[filepath.Join(dir, rel)] = hex.EncodeToString(sum[:])
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// Same fails the test for each file whose hash differs; what names the files of got.
func Same(t testing.TB, what string, got, want map[string]string) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	for path, sum := range want {
		if got[path] != sum {
			t.Errorf("%s: %s differs or is missing", what, path)
		}
	}
	for path := range got {
		if want[path] == "" {
			t.Errorf("%s: %s is new", what, path)
		}
	}
}
