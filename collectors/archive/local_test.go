package archive_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tidemark/collectors/archive"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit"
)

// TestReserve: a local file leaves the reserve of the disk alone, also one that does not say how long it is, and nothing of it stays.
func TestReserve(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(file, make([]byte, 1000), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{file, endless(t)} {
		free := uint64(100 << 20)
		if from == file {
			free = 10_500
		}
		a := &archive.Archive{Dir: t.TempDir(), Client: fetch.New(fetch.Options{Reserve: 10_000, Free: func(string) (uint64, error) {
			free -= min(free, 1<<20)
			return free + 500, nil
		}})}
		if _, err := a.AddFile(t.Context(), from, archive.Raw{Kind: "roas"}, 1<<40); !errors.Is(err, fetch.ErrSpace) {
			t.Errorf("%s: %v, want no space", from, err)
		}
		filepath.WalkDir(a.Dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				t.Errorf("%s stays", path)
			}
			return nil
		})
	}
}

// TestImportBound: a file longer than one of its kind may be is refused, also where its length is not known before, and nothing of it stays.
func TestImportBound(t *testing.T) {
	long := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(long, make([]byte, 1001), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{long, endless(t)} {
		a := &archive.Archive{Dir: t.TempDir()}
		if _, err := a.AddFile(t.Context(), from, archive.Raw{Kind: "roas"}, 1000); err == nil || !strings.Contains(err.Error(), "longer than 1000 bytes") {
			t.Errorf("%s: %v, want a file that is too long", from, err)
		}
		if left, _ := filepath.Glob(filepath.Join(a.Dir, "roas", "*", "*")); len(left) > 0 {
			t.Errorf("%s stays", left)
		}
		if added, err := a.AddFile(t.Context(), long, archive.Raw{Kind: "roas"}, 1001); err != nil || !added {
			t.Errorf("as long as may be: %v, %v", added, err)
		}
	}
}

// TestImportStops: a pipe that nobody writes to, one whose writer is silent, and one without end hold nobody who wants to stop; and the
// first two nobody at all.
func TestImportStops(t *testing.T) {
	dir := t.TempDir()
	unopened, silent := filepath.Join(dir, "unopened"), filepath.Join(dir, "silent")
	for _, pipe := range []string{unopened, silent} {
		if err := exec.Command("mkfifo", pipe).Run(); err != nil {
			testkit.Missing(t, "mkfifo: %v", err)
		}
	}
	writer, err := os.OpenFile(silent, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for _, from := range []string{unopened, silent, endless(t)} {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		begun := time.Now()
		a := &archive.Archive{Dir: t.TempDir()}
		if _, err := a.AddFile(ctx, from, archive.Raw{Kind: "roas"}, 1<<62); err == nil || time.Since(begun) > 2*time.Second {
			t.Errorf("%s: %v after %s, want to be stopped", from, err, time.Since(begun))
		}
	}
	for _, from := range []string{unopened, silent} {
		a := &archive.Archive{Dir: t.TempDir(), Client: fetch.New(fetch.Options{Stall: 50 * time.Millisecond})}
		if _, err := a.AddFile(t.Context(), from, archive.Raw{Kind: "roas"}, 1<<62); err == nil || !strings.Contains(err.Error(), "nobody has written to the pipe for 50ms") {
			t.Errorf("%s: %v, want a pipe that nobody writes to", from, err)
		}
	}
}

// endless returns a pipe that is written to as long as it is read.
func endless(t *testing.T) string {
	pipe := filepath.Join(t.TempDir(), "endless")
	if err := exec.Command("mkfifo", pipe).Run(); err != nil {
		testkit.Missing(t, "mkfifo: %v", err)
	}
	go func() {
		for zeros := make([]byte, 64<<10); ; {
			writer, err := os.OpenFile(pipe, os.O_WRONLY, 0)
			if err != nil {
				return
			}
			for err == nil {
				_, err = writer.Write(zeros)
			}
			writer.Close()
		}
	}()
	return pipe
}

// TestImportPipe: what a pipe brings until it is closed is a file like any other.
func TestImportPipe(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	go func() { write.WriteString("content"); write.Close() }()
	path := fmt.Sprintf("/dev/fd/%d", read.Fd())
	if _, err := os.Stat(path); err != nil {
		testkit.Missing(t, "%v", err)
	}
	a := &archive.Archive{Dir: t.TempDir()}
	if added, err := a.AddFile(t.Context(), path, archive.Raw{Kind: "roas", Collector: "x"}, 100); err != nil || !added {
		t.Errorf("%v, %v, want a file", added, err)
	}
}

// TestImportIrregular: what is neither file nor pipe is refused before it is opened.
func TestImportIrregular(t *testing.T) {
	dir := t.TempDir()
	socket := filepath.Join(dir, "socket")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	dangling, loop := filepath.Join(dir, "dangling"), filepath.Join(dir, "loop")
	if err := errors.Join(os.Symlink("nothing", dangling), os.Symlink("loop", loop)); err != nil {
		testkit.Missing(t, "%v", err)
	}
	for from, want := range map[string]string{
		dir: "is a folder", socket: "is a socket", "/dev/zero": "is a device", "/dev/tty": "is a device", dangling: "no such file", loop: "too many",
	} {
		a := &archive.Archive{Dir: filepath.Join(t.TempDir(), "none")}
		if _, err := a.AddFile(t.Context(), from, archive.Raw{Kind: "roas"}, 100); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), from) {
			t.Errorf("%v, want that %s %s", err, from, want)
		}
		if _, err := os.Stat(a.Dir); err == nil {
			t.Errorf("%s: the archive was touched", from)
		}
	}
}
