package attack

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// list is a list of bogons, which every healthy answer has.
const (
	list     = "192.0.2.0/24\n198.51.100.0/24\n203.0.113.0/24\n"
	goodRows = 3
)

// scene is a folder with a data folder, a configuration with a healthy source, and things outside that nobody may touch.
type scene struct {
	t       *testing.T
	root    string
	data    string
	now     time.Time
	args    []string
	env     []string
	before  map[string]string // what lies outside, by path
	healthy bool              // the healthy source is collected
	vouched bool              // no file may differ from what its note or manifest vouches for
	after   func() []string   // what else should not have come of the attack
	config  string
}

func newScene(t *testing.T) *scene {
	s := &scene{t: t, root: t.TempDir(), now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), healthy: true}
	s.data = filepath.Join(s.root, "data")
	for _, dir := range []string{"home", "tmp", "outside"} {
		s.must(os.Mkdir(filepath.Join(s.root, dir), 0o755))
	}
	s.write("outside/precious.parquet", "precious")
	s.args = []string{"collect", "-c", "tidemark.toml", "-d", "data"}
	var asked atomic.Int32
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, "# answer %d\n%s", asked.Add(1), list) // another file each day
	}))
	t.Cleanup(good.Close)
	s.configure("contact = \"mailto:attack@example.net\"\n[run]\ntime = \"12s\"\n[fetch]\nstall = \"1s\"\ndocument = \"2s\"\nplanning = \"3s\"\nhost = \"6s\"\nbackoff = \"10ms\"\nreserve = \"1kB\"\n")
	s.source("good", "bogon-list", fmt.Sprintf("urls = [%q]", good.URL+"/list.txt"))
	return s
}

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// write writes a file of the scene, in folders that it makes.
func (s *scene) write(name, content string) {
	s.t.Helper()
	path := filepath.Join(s.root, name)
	s.must(os.MkdirAll(filepath.Dir(path), 0o755))
	s.must(os.WriteFile(path, []byte(content), 0o644))
	s.before = s.outside()
}

// configure adds to the configuration.
func (s *scene) configure(text string) {
	s.config += text
	s.write("tidemark.toml", s.config)
}

// source adds a source. Its name is that of its collector.
func (s *scene) source(name, kind, keys string) {
	s.configure(fmt.Sprintf("[[source]]\nname = %q\nkind = %q\ncollector = %q\n%s\n", name, kind, name, keys))
}

// serve serves connections, and returns the address. Each is closed when f returns, and all when the test ends.
func (s *scene) serve(f func(net.Conn)) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	s.t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				c.SetDeadline(time.Now().Add(2 * maxTime))
				f(c)
			}()
		}
	}()
	return listener.Addr().String()
}

// lived lets the data folder have a day behind it. The attack comes on the next.
func (s *scene) lived() {
	if o := s.run(); o.code != 0 {
		s.t.Fatalf("the day before: exit code %d\n%s", o.code, o.log)
	}
	s.now = s.now.AddDate(0, 0, 1)
}

// find returns the only file of the data folder that the pattern matches.
func (s *scene) find(pattern string) string {
	s.t.Helper()
	found, _ := filepath.Glob(filepath.Join(s.data, pattern))
	if len(found) != 1 {
		s.t.Fatalf("%s: %d files", pattern, len(found))
	}
	return found[0]
}

// hash returns the SHA-256 of a content in hex.
func hash(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// outside returns the hashes of the files outside of the data folder and its copy, and what else lies there, by path.
func (s *scene) outside() map[string]string {
	all := map[string]string{}
	filepath.WalkDir(s.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == s.data || path == filepath.Join(s.root, "copy") {
			return filepath.SkipDir
		}
		all[path] = d.Type().String()
		if d.Type().IsRegular() {
			b, _ := os.ReadFile(path)
			all[path] = hash(b)
		}
		return nil
	})
	for path := range s.before {
		if _, is := all[path]; !is {
			all[path] = "gone"
		}
	}
	return all
}

// size returns how many bytes the files of the data folder have.
func (s *scene) size() (bytes int64) {
	filepath.WalkDir(s.data, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		if stat, err := d.Info(); err == nil {
			bytes += stat.Size()
		}
		return nil
	})
	return bytes
}

// rows returns how many rows came of the files of a collector, of one day or of all, in partitions that are what their manifests say.
func (s *scene) rows(collector string, day time.Time) (rows int64) {
	filepath.WalkDir(filepath.Join(s.data, "datasets"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.HasSuffix(path, ".json") || d.Name()[0] != '_' {
			return nil
		}
		var m struct {
			File   string
			SHA256 string
			Rows   int64
			Inputs []struct{ Name string }
		}
		b, _ := os.ReadFile(path)
		if json.Unmarshal(b, &m) != nil || len(m.Inputs) != 1 || !strings.Contains(m.Inputs[0].Name, "/"+collector+"/") {
			return nil
		}
		if !day.IsZero() && !strings.Contains(m.File, day.Format("year=2006/month=01/day=02/")) {
			return nil
		}
		b, _ = os.ReadFile(filepath.Join(s.data, "datasets", m.File))
		if hash(b) == m.SHA256 {
			rows += m.Rows
		}
		return nil
	})
	return rows
}
