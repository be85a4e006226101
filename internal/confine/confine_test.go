//go:build linux

package confine

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// attempts is set for the process that is confined, to the folder that it may write to.
const attempts = "CONFINE_TEST_ATTEMPTS"

func TestMain(m *testing.M) {
	if dir := os.Getenv(attempts); dir != "" {
		os.Exit(attempt(dir))
	}
	os.Exit(m.Run())
}

// attempt confines this process to dir/own and dir/read, and prints what it can do.
func attempt(dir string) int {
	access := Access{Read: []string{filepath.Join(dir, "read"), filepath.Join(dir, "missing"), filepath.Join(dir, "loop")}, Write: []string{filepath.Join(dir, "own")}}
	if os.Args[1] == "listen" {
		access.Listen = []uint16{0}
	}
	if err := Process(access); err != nil {
		fmt.Println(err)
		return 1
	}
	report := func(what string, err error) {
		outcome := "works"
		switch {
		case errors.Is(err, os.ErrPermission):
			outcome = "refused"
		case err != nil:
			outcome = err.Error()
		}
		fmt.Println(what + ": " + outcome)
	}
	write := func(path string) error { return os.WriteFile(filepath.Join(dir, path), []byte("x"), 0o644) }
	read := func(path string) error { _, err := os.ReadFile(path); return err }
	report("write inside", write("own/file"))
	report("folder inside", os.MkdirAll(filepath.Join(dir, "own/a/b"), 0o755))
	report("rename inside", os.Rename(filepath.Join(dir, "own/file"), filepath.Join(dir, "own/a/file")))
	report("link inside", os.Link(filepath.Join(dir, "own/a/file"), filepath.Join(dir, "own/second")))
	report("remove inside", os.RemoveAll(filepath.Join(dir, "own/a")))
	report("read what is named", read(filepath.Join(dir, "read/file")))
	report("write to what is only read", write("read/file"))
	report("write outside", write("outside"))
	report("write in the home folder", os.WriteFile(filepath.Join(os.Getenv("HOME"), ".profile"), nil, 0o644))
	report("read outside", read(filepath.Join(dir, "secret")))
	report("read accounts", read("/etc/passwd"))
	report("list the root", func() error { _, err := os.ReadDir("/"); return err }())
	report("follow a link outside", read(filepath.Join(dir, "own/out")))
	report("move a file outside", os.Rename(filepath.Join(dir, "own/second"), filepath.Join(dir, "moved")))
	report("remove outside", os.Remove(filepath.Join(dir, "secret")))
	report("make a pipe", unix.Mkfifo(filepath.Join(dir, "own/pipe"), 0o600))
	report("start a program", exec.Command("/bin/sh", "-c", "true").Run())
	report("read the resolver's file", read("/etc/resolv.conf"))
	roots, err := x509.SystemCertPool()
	report("read certificates", err)
	if err == nil && roots.Equal(x509.NewCertPool()) {
		fmt.Println("there are no certificates")
	}
	_, err = (&net.Resolver{PreferGo: true}).LookupHost(context.Background(), "localhost")
	report("look up localhost", err)
	done := make(chan struct{})
	go func() { defer close(done); report("write outside on another thread", write("outside")) }()
	<-done
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err != nil {
		report("listen", err)
	} else {
		report("listen", nil)
		l.Close()
	}
	_, err = http.Get(os.Args[2])
	report("connect", err)
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if strings.HasPrefix(line, "NoNewPrivs") {
			fmt.Println(strings.Join(strings.Fields(line), " "))
		}
	}
	return 0
}

// TestUnsupported: on a kernel without Landlock, or with its first version, nothing is taken from the process, and its caller learns it.
func TestUnsupported(t *testing.T) {
	kernel := landlock
	t.Cleanup(func() { landlock = kernel })
	for version := range 2 {
		landlock = func() int { return version }
		if err := Process(Access{}); !errors.Is(err, ErrUnsupported) {
			t.Errorf("version %d: %v, want %v", version, err, ErrUnsupported)
		}
	}
	if err := os.WriteFile(filepath.Join(t.TempDir(), "x"), nil, 0o644); err != nil {
		t.Errorf("the process is confined: %v", err)
	}
}

// TestProcess: a confined process can do what it must, and nothing else, on all of its threads.
func TestProcess(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	allowed := "write inside|folder inside|rename inside|link inside|remove inside|read what is named|read the resolver's file|read certificates|look up localhost|listen|connect"
	for _, mode := range []string{"free", "listen"} {
		dir := t.TempDir()
		for path, text := range map[string]string{"own/file": "x", "read/file": "x", "secret": "x"} {
			path = filepath.Join(dir, path)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(os.Symlink(filepath.Join(dir, "secret"), filepath.Join(dir, "own/out")), os.Symlink("loop", filepath.Join(dir, "loop"))); err != nil {
			t.Fatal(err)
		}
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(self, mode, server.URL)
		cmd.Env = append(os.Environ(), attempts+"="+dir, "HOME="+dir)
		out, err := cmd.CombinedOutput()
		if strings.Contains(string(out), ErrUnsupported.Error()) {
			t.Log("this kernel has no Landlock, so that only TestUnsupported says something")
			return
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", mode, err, out)
		}
		seen := 0
		for line := range strings.Lines(strings.TrimSpace(string(out))) {
			what, outcome, _ := strings.Cut(strings.TrimSpace(line), ": ")
			want := "refused"
			for _, may := range strings.Split(allowed, "|") {
				if what == may {
					want = "works"
				}
			}
			switch {
			case what == "connect" && mode == "listen":
				want = "refused"
			case what == "NoNewPrivs":
				want = "1"
			}
			if outcome != want {
				t.Errorf("%s: %s: %s, want %s", mode, what, outcome, want)
			}
			seen++
		}
		if seen != 24 {
			t.Errorf("%s: %d attempts:\n%s", mode, seen, out)
		}
		if b, err := os.ReadFile(filepath.Join(dir, "secret")); err != nil || string(b) != "x" {
			t.Errorf("%s: the file outside: %q, %v", mode, b, err)
		}
	}
}
