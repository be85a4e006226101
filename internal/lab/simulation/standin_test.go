package simulation

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"tidemark/internal/testkit"
)

// standIn is a stand-in server of shared/data/live at work, with the configuration that belongs to it.
type standIn struct {
	base, config, data string
}

// startStandIn starts a stand-in's program with the arguments before its port, and lets a configuration ask it. change alters the
// configuration's text.
func startStandIn(t *testing.T, program, config string, change func(string) string, arguments ...string) standIn {
	t.Helper()
	python := testkit.Need(t, "python3")
	address := testkit.FreeAddress(t)
	_, number, _ := net.SplitHostPort(address)
	folder := t.TempDir()
	script, err := os.ReadFile(testkit.Data(t, "live/"+program))
	if err != nil {
		t.Fatal(err)
	}
	// The Datatracker's stand-in fails at questions about relations that name no target; it has none to answer them with.
	script = bytes.Replace(script, []byte("t=q['target__name']; o=["), []byte("t=q.get('target__name'); o=[] if t is None else ["), 1)
	// It sends a header and a body apart, and the second waits 40 ms for the receipt of the first.
	script = bytes.Replace(script, []byte("protocol_version='HTTP/1.1'"), []byte("protocol_version='HTTP/1.1'; disable_nagle_algorithm=True"), 1)
	copied := filepath.Join(folder, program)
	if err := os.WriteFile(copied, script, 0o644); err != nil {
		t.Fatal(err)
	}
	server := testkit.Server(python, append(append([]string{copied}, arguments...), number)...)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	for range 100 {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	text, err := os.ReadFile(testkit.Data(t, "live/"+config))
	if err != nil {
		t.Fatal(err)
	}
	s := standIn{"http://" + address, filepath.Join(folder, config), filepath.Join(folder, "data")}
	for _, port := range []string{"8801", "8803", "8805"} {
		text = []byte(strings.ReplaceAll(string(text), "127.0.0.1:"+port, address))
	}
	if err := os.WriteFile(s.config, []byte(change(string(text))), 0o644); err != nil {
		t.Fatal(err)
	}
	return s
}

// collect collects on a day, counted from 1 November 2026, and returns what it logged and its exit code.
func (s standIn) collect(t *testing.T, day int) (log string, code int) {
	t.Helper()
	t.Setenv("TIDEMARK_NOW", time.Date(2026, 11, 1+day, 6, 0, 0, 0, time.UTC).Format(time.RFC3339))
	_, log, code = runProgram(t, "collect", "-c", s.config, "-d", s.data)
	return log, code
}

// asked returns the paths that the stand-in was asked for.
func (s standIn) asked(t *testing.T) string {
	t.Helper()
	resp, err := http.Get(s.base + "/__log")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// unchanged returns the text as it is.
func unchanged(text string) string { return text }

// permitted makes robots.txt not obeyed by the configuration's first source.
func permitted(text string) string {
	return strings.Replace(text, "[[source]]\n", "[fetch]\nbackoff = \"1ms\"\n[[source]]\nrobots = \"ignored by permission of help@example.net, 2026-11-28\"\n", 1)
}

// files counts the files below a folder.
func filesBelow(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// live lives through 30 days: what is decoded on the first is all that is decoded, nothing is kept twice, and every run ends well.
func (s standIn) live(t *testing.T, decoded int) {
	t.Helper()
	held := 0
	for day := range 30 {
		log, code := s.collect(t, day)
		want := 0
		if day == 0 {
			want = decoded
		}
		if n := strings.Count(log, `"msg":"decoded"`); n != want || code != 0 {
			t.Fatalf("day %d: %d files decoded, want %d; exit code %d\n%s", day, n, want, code, log)
		}
		if n := filesBelow(t, filepath.Join(s.data, "archive")); day == 0 {
			held = n
		} else if n != held {
			t.Fatalf("day %d: the archive has %d files, %d before", day, n, held)
		}
	}
	if held != 2*decoded { // each with its note
		t.Errorf("the archive has %d files, want %d", held, 2*decoded)
	}
}

// TestStandInRFCEditor asks a server for 30 days that never answers 304 (rfc-editor-r2-standin.py with r2.toml).
func TestStandInRFCEditor(t *testing.T) {
	served := t.TempDir()
	if err := os.Mkdir(filepath.Join(served, "rfc"), 0o755); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(testkit.Data(t, "live/rfc6052.txt"))
	if err != nil {
		t.Fatal(err)
	}
	errata, err := os.Open(testkit.Data(t, "rfc/errata.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer errata.Close()
	z, err := gzip.NewReader(errata)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"rfc/rfc6052.txt": text, "rfc/rfc6146.txt": text[:20_000], "errata.json": whole} {
		if err := os.WriteFile(filepath.Join(served, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	startStandIn(t, "rfc-editor-r2-standin.py", "r2.toml", unchanged, served).live(t, 3)
}

// TestStandInDatatracker: a robots.txt that forbids the API is asked for once and obeyed (datatracker-standin.py with dt.toml); with the
// operator's permission 30 days bring one file.
func TestStandInDatatracker(t *testing.T) {
	index := func(text string) string { // its path is relative to a folder that is not there
		return strings.Replace(text, "file:../../shared/data/rfc/rfc-index.excerpt.xml", "file:"+testkit.Data(t, "rfc/rfc-index.excerpt.xml"), 1)
	}
	s := startStandIn(t, "datatracker-standin.py", "dt.toml", index)
	if log, code := s.collect(t, 0); code != 3 || !strings.Contains(log, "robots.txt forbids it") {
		t.Errorf("exit code %d\n%s", code, log)
	}
	if asked := s.asked(t); asked != "/robots.txt\n" {
		t.Errorf("asked for %s", asked)
	}
	startStandIn(t, "datatracker-standin.py", "dt.toml", func(text string) string { return permitted(index(text)) }).live(t, 2)
}

// TestStandInArchive: the robots.txt that RouteViews is said to have is obeyed, and doctor says what it costs (archive-standin.py with
// rv.toml and routeviews-robots.txt); with permission the dumps are found in the listings, and by their names.
func TestStandInArchive(t *testing.T) {
	served := t.TempDir()
	put := func(name string, content []byte) {
		path := filepath.Join(served, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	robots, err := os.ReadFile(testkit.Data(t, "live/routeviews-robots.txt"))
	if err != nil {
		t.Fatal(err)
	}
	dump, err := os.ReadFile(testkit.File(t, "mrt/routeviews-2014.rib.bz2"))
	if err != nil {
		t.Fatal(err)
	}
	listing := func(name, size string) []byte {
		return fmt.Appendf(nil, `<html><title>Index of /</title><pre><a href=%q>%[1]s</a> 2014-05-23 06:05 %s</pre></html>`, name, size)
	}
	put("robots.txt", robots)
	put("route-views.jinx/bgpdata/index.html", listing("2014.05/", "-"))
	put("route-views.jinx/bgpdata/2014.05/RIBS/index.html", listing("rib.20140523.0000.bz2", "12M"))
	put("route-views.jinx/bgpdata/2014.05/RIBS/rib.20140523.0000.bz2", dump)

	s := startStandIn(t, "archive-standin.py", "rv.toml", unchanged, served)
	if log, code := s.collect(t, 0); code != 3 || !strings.Contains(log, "robots.txt forbids it") {
		t.Errorf("exit code %d\n%s", code, log)
	}
	if out, _, code := runProgram(t, "doctor", "--online", "-c", s.config, "-d", s.data); code != 1 || !strings.Contains(out, "robots.txt forbids it") {
		t.Errorf("doctor: exit code %d\n%s", code, out)
	}
	if asked := s.asked(t); strings.Contains(asked, "bgpdata") {
		t.Errorf("asked for what is forbidden:\n%s", asked)
	}

	for _, by := range []string{"listing", "name"} {
		s := startStandIn(t, "archive-standin.py", "rv.toml", func(text string) string {
			text = strings.NewReplacer(`"2014-05-01"`, `"2014-05-23"`, `"2014-05-31"`, `"2014-05-23"`).Replace(text)
			return permitted(text) + "by = \"" + by + "\"\n"
		}, served)
		s.live(t, 1)
		if asked := s.asked(t); strings.Contains(asked, "/RIBS/ ") != (by == "listing") || strings.Count(asked, ".bz2 ") != 1 {
			t.Errorf("by %s: asked for\n%s", by, asked)
		}
	}
}
