package cli

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"tidemark/pipeline/doctor"
)

// TestPing: who waits for a sign of life hears of the beginning and of the end of a run, be it good or bad; that nobody
// hears is no reason to fail.
func TestPing(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var asked []string
	hears := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.Method+" "+r.URL.Path)
	}))
	defer hears.Close()
	deaf := httptest.NewServer(http.NotFoundHandler())
	deaf.Close()
	dir := t.TempDir()
	config := func(ping string) string {
		path := filepath.Join(dir, "tidemark.toml")
		if err := os.WriteFile(path, []byte(fmt.Sprintf("[run]\nping = %q\n[fetch]\nbackoff = \"5ms\"\n", ping)), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	broken := filepath.Join(dir, "broken")
	if err := os.MkdirAll(broken, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(broken, "datasets"), nil, 0o644); err != nil { // where a folder should be
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, ping, data string
		code             int
		want             string
	}{
		{"a good run", hears.URL + "/id", filepath.Join(dir, "data"), 0, "GET /id/start, GET /id"},
		{"a bad run", hears.URL + "/id", broken, 1, "GET /id/start, GET /id/fail"},
		{"nobody hears", deaf.URL + "/id", filepath.Join(dir, "data"), 0, ""},
	} {
		asked = nil
		_, stderr, code := runProgram(t, "run", "-c", config(c.ping), "-d", c.data)
		if got := strings.Join(asked, ", "); got != c.want || code != c.code {
			t.Errorf("%s: exit code %d, pings %q; want %d and %q\n%s", c.name, code, got, c.code, c.want, stderr)
		}
		if heard := c.want != ""; heard == strings.Contains(stderr, "the ping failed") {
			t.Errorf("%s: the log says\n%s", c.name, stderr)
		}
	}
}

// TestDoctorOnline: the hosts of the sources are asked, each once.
func TestDoctorOnline(t *testing.T) {
	t.Parallel()
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead || r.URL.Path != "/" {
			t.Errorf("the host was asked for %s %s", r.Method, r.URL)
		}
	}))
	defer host.Close()
	path := filepath.Join(t.TempDir(), "tidemark.toml")
	text := "contact = \"mailto:you@example.net\"\n"
	for _, name := range []string{"a", "b"} {
		text += fmt.Sprintf("[[source]]\nname = %q\nkind = \"roas\"\nurls = [\"%s/%[1]s.json\"]\n", name, host.URL)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, stderr, code := runProgram(t, "doctor", "--online", "--json", "-c", path, "-d", t.TempDir())
	var found []doctor.Finding
	if err := json.Unmarshal([]byte(out), &found); err != nil || code == 1 {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, out, stderr)
	}
	asked := 0
	for _, f := range found {
		if "http://"+f.Item == host.URL && f.State == doctor.OK {
			asked++
		}
	}
	if asked != 1 {
		t.Errorf("the host was asked %d times: %+v", asked, found)
	}
}
