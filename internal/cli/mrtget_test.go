package cli

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"tidemark/internal/lab/replica"
	"tidemark/internal/testkit"
)

// TestGet fetches files of both archives from their replicas: those of the range, each once, and nothing over a file that is there.
func TestGet(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "nginx")
	first := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	now := first.AddDate(0, 0, 2)
	r, err := replica.Start(replica.Options{Dir: t.TempDir(), From: first, Now: func() time.Time { return now }, Update: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	for _, c := range []struct{ collector, host, file, kinds, until, want string }{
		{"rrc00", replica.RIS, "bview.20240101.0000.gz", "rib", "2024-01-01T12:00:00Z", "bview.20240101.0000.gz bview.20240101.1200.gz"},
		{"rrc00", replica.RIS, "updates.20240101.0000.gz", "rib,updates", "2024-01-02T11:59:00Z", "bview.20240101.0000.gz bview.20240101.1200.gz bview.20240102.0000.gz updates.20240101.0000.gz updates.20240102.0000.gz"},
		{"route-views2", replica.RouteViews, "rib.20240101.0000.bz2", "rib", "2024-01-01", "rib.20240101.0000.bz2 rib.20240101.1200.bz2"},
	} {
		dir, data := t.TempDir(), t.TempDir()
		args := []string{"--data", data, "mrt", "get", c.collector, "--from", "2024-01-01", "--until", c.until, "--files", c.kinds, "--to", dir, "--mirror", r.URL(c.host)}
		if stdout, stderr, code := runProgram(t, append(args, "--dry-run")...); code != 0 || strings.Count(stdout, "\n") != len(strings.Fields(c.want)) {
			t.Errorf("%s: dry run: exit code %d\n%s%s", c.collector, code, stdout, stderr)
		}
		kept := filepath.Join(dir, c.file)
		if err := os.WriteFile(kept, []byte("mine"), 0o644); err != nil {
			t.Fatal(err)
		}
		stdout, stderr, code := runProgram(t, args...)
		if code != 0 || !strings.Contains(stdout, c.file+" is there") {
			t.Errorf("%s: exit code %d\n%s%s", c.collector, code, stdout, stderr)
		}
		if b, err := os.ReadFile(kept); err != nil || string(b) != "mine" {
			t.Errorf("%s: the file that was there is now %q, %v", c.collector, b, err)
		}
		if err := os.Remove(kept); err != nil {
			t.Fatal(err)
		}
		if _, stderr, code := runProgram(t, args...); code != 0 {
			t.Errorf("%s: exit code %d: %s", c.collector, code, stderr)
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range entries {
			got = append(got, e.Name())
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.collector, got, c.want)
		}
		if _, stderr, code := runProgram(t, "mrt", "stat", kept); code != 0 {
			t.Errorf("%s: %s: %s", c.collector, c.file, stderr)
		}
	}
}

// TestGetResumes: a transfer that was cut leaves a part, and the next call asks for the rest only.
func TestGetResumes(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "nginx")
	first := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	r, err := replica.Start(replica.Options{Dir: t.TempDir(), From: first, Now: func() time.Time { return first.AddDate(0, 0, 2) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	behind, err := url.Parse(r.URL(replica.RIS))
	if err != nil {
		t.Fatal(err)
	}
	const name = "bview.20240101.0000.gz"
	var cutting atomic.Bool
	cutting.Store(true)
	var ranges sync.Map // of requests for the file, while nothing was cut
	proxy := httputil.NewSingleHostReverseProxy(behind)
	proxy.ErrorLog = log.New(io.Discard, "", 0)
	proxy.ModifyResponse = func(answer *http.Response) error {
		if !strings.HasSuffix(answer.Request.URL.Path, name) {
			return nil
		}
		if !cutting.Load() {
			ranges.Store(answer.Request.Header.Get("Range"), answer.StatusCode)
			return nil
		}
		body := answer.Body
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.MultiReader(io.LimitReader(body, answer.ContentLength/2), iotest.ErrReader(io.ErrUnexpectedEOF)), body}
		return nil
	}
	mirror := httptest.NewServer(proxy)
	t.Cleanup(mirror.Close)
	dir := t.TempDir()
	args := []string{"--data", t.TempDir(), "mrt", "get", "rrc00", "--from", "2024-01-01", "--until", "2024-01-01T06:00:00Z", "--files", "rib", "--to", dir, "--mirror", mirror.URL}
	if _, stderr, code := runProgram(t, args...); code != exitPartly {
		t.Fatalf("cut: exit code %d, want %d: %s", code, exitPartly, stderr)
	}
	part, err := os.Stat(filepath.Join(dir, name+".part"))
	if err != nil || part.Size() == 0 {
		t.Fatalf("the part: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
		t.Error("a file that was cut is there")
	}
	cutting.Store(false)
	if _, stderr, code := runProgram(t, args...); code != 0 {
		t.Fatalf("resumed: exit code %d: %s", code, stderr)
	}
	if status, asked := ranges.Load(fmt.Sprintf("bytes=%d-", part.Size())); !asked || status != http.StatusPartialContent {
		ranges.Range(func(k, v any) bool { t.Logf("asked for %q: %v", k, v); return true })
		t.Errorf("the rest from byte %d on was not asked for", part.Size())
	}
	answer, err := http.Get(mirror.URL + "/rrc00/2024.01/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	want, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer.Status, err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes, want %d: %v", len(got), len(want), err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(left) != 1 {
		t.Errorf("left in the folder: %v", left)
	}
}

// TestGetRefuses: what is not asked for of any server.
func TestGetRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args string
		code int
	}{
		{"rrc00 --from 2024-01-02 --until 2024-01-01", exitUsage},
		{"rrc* --from 2024-01-01 --until 2024-01-02", exitUsage},
		{"rrc00 --from soon --until 2024-01-02", exitUsage},
		{"rrc00 --from 2024-01-01 --until 2024-01-02 --mirror ftp://archive.example.net", exitUsage},
		{"../rrc00 --from 2024-01-01 --until 2024-01-02 --mirror http://127.0.0.1:9", exitPartly},
	} {
		args := append([]string{"--data", t.TempDir(), "mrt", "get", "--to", t.TempDir()}, strings.Fields(c.args)...)
		if _, stderr, code := runProgram(t, args...); code != c.code {
			t.Errorf("%s: exit code %d, want %d: %s", c.args, code, c.code, stderr)
		}
	}
}
