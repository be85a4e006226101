package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"tidemark/pipeline/doctor"
)

// TestPing: who waits for a sign of life hears of the beginning and of the end of a run, be it good or bad; that nobody
// hears is not a reason to fail.
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

// TestDoctorOnline: each host and one file of each source are asked for, after robots.txt, and what is forbidden or missing is a fault.
func TestDoctorOnline(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := map[string]int{}
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.Method+" "+r.URL.Path]++
		mu.Unlock()
		switch r.URL.Path {
		case "/robots.txt":
			io.WriteString(w, "User-agent: *\nDisallow: /forbidden\n")
		case "/missing.json":
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer host.Close()
	path := filepath.Join(t.TempDir(), "tidemark.toml")
	text := "contact = \"mailto:you@example.net\"\n"
	for _, name := range []string{"good", "missing", "forbidden"} {
		text += fmt.Sprintf("[[source]]\nname = %q\nkind = \"roas\"\nurls = [\"%s/%[1]s.json\"]\n", name, host.URL)
	}
	text += fmt.Sprintf("[[source]]\nname = \"permitted\"\nkind = \"roas\"\nrobots = \"ignored by permission of noc@example.net\"\nurls = [\"%s/forbidden-but-for-us.json\"]\n", host.URL)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, stderr, code := runProgram(t, "doctor", "--online", "--json", "-c", path, "-d", t.TempDir())
	var found []doctor.Finding
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != 1 {
		t.Fatalf("exit code %d, %v\n%s%s", code, err, out, stderr)
	}
	for item, want := range map[string][2]string{
		strings.TrimPrefix(host.URL, "http://"): {doctor.OK, "answered 200"},
		"source good":                           {doctor.OK, "a run would bring 1 file; "},
		"source missing":                        {doctor.Bad, "404"},
		"source forbidden":                      {doctor.Bad, "robots.txt forbids it"},
		"source permitted":                      {doctor.OK, "by permission of noc@example.net"},
	} {
		at := slices.IndexFunc(found, func(f doctor.Finding) bool { return f.Item == item })
		if at < 0 || found[at].State != want[0] || !strings.Contains(found[at].Text, want[1]) {
			t.Errorf("%s: want %q in %+v", item, want, found)
		}
	}
	want := map[string]int{"GET /robots.txt": 1, "HEAD /": 1, "HEAD /good.json": 1, "HEAD /missing.json": 1, "HEAD /forbidden-but-for-us.json": 1}
	if !maps.Equal(asked, want) {
		t.Errorf("the host was asked %v", asked)
	}
}
