package attack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The files of a published site that say what there is to fetch, and one that is fetched.
const (
	seedIndex     = "data/datasets/seed.json"
	seedManifests = "data/datasets/bogon_prefixes/manifests.jsonl"
)

// publishers are sites that lie to a machine that wants to start from what they measured. What they have is true until it is turned.
func publishers() (all []attack) {
	add := func(does string, turn func(p *publication)) {
		all = append(all, attack{name: "publisher/" + does, codes: []int{1, 3}, arrange: func(s *scene) { turn(s.published()) }})
	}
	for does, f := range inOrder(lies()) {
		for _, of := range []string{seedIndex, seedManifests, ".parquet"} {
			add(does+", for "+filepath.Base(of), func(p *publication) {
				p.turned = func(w http.ResponseWriter, r *http.Request, content []byte) bool {
					if content == nil || !strings.HasSuffix(r.URL.Path, of) {
						return false
					}
					f(w, r, content)
					return true
				}
			})
		}
	}
	for does, change := range inOrder([]named[func(m map[string]any)]{
		{"a partition outside of the data folder", func(m map[string]any) { m["file"] = "../../outside/precious.parquet" }},
		{"a partition of an absolute path", func(m map[string]any) { m["file"] = "/etc/passwd" }},
		{"a partition of another dataset", func(m map[string]any) { m["dataset"] = "routes" }},
		{"a partition of 2^60 bytes", func(m map[string]any) { m["bytes"] = int64(1) << 60 }},
		{"2^60 rows", func(m map[string]any) { m["rows"] = int64(1) << 60 }},
		{"the hash of another file", func(m map[string]any) { m["sha256"] = hash([]byte("precious")) }},
		{"an input outside of the archive", func(m map[string]any) {
			m["inputs"] = []any{map[string]any{"name": "../../outside/precious.parquet", "sha256": hash([]byte("precious"))}}
		}},
		{"a day to come", func(m map[string]any) {
			m["file"] = strings.Replace(m["file"].(string), "year=2026", "year=2999", 1)
		}},
		{"orders to a terminal as its input", func(m map[string]any) {
			m["inputs"] = []any{map[string]any{"name": "\x1b]0;owned\x07\x1b[2J", "sha256": hash(nil)}}
		}},
	}) {
		add("a manifest with "+does, func(p *publication) { p.rewrite(change) })
	}
	return all
}

// lies are answers that differ from a content that the client has the hash of, or of the file with that hash.
func lies() []named[func(w http.ResponseWriter, r *http.Request, content []byte)] {
	return []named[func(w http.ResponseWriter, r *http.Request, content []byte)]{
		{"other bytes of the same length", func(w http.ResponseWriter, _ *http.Request, content []byte) { w.Write(make([]byte, len(content))) }},
		{"half of it", func(w http.ResponseWriter, _ *http.Request, content []byte) { w.Write(content[:len(content)/2]) }},
		{"an endless answer", func(w http.ResponseWriter, _ *http.Request, _ []byte) { endless(w, `{"`) }},
		{"brackets without end", func(w http.ResponseWriter, _ *http.Request, _ []byte) { endless(w, "[") }},
		{"a page", func(w http.ResponseWriter, _ *http.Request, _ []byte) {
			w.Header().Set("Content-Type", "text/html")
			w.Write([]byte("<p>Please log in"))
		}},
		{"a redirect to the metadata of a cloud", func(w http.ResponseWriter, r *http.Request, _ []byte) {
			http.Redirect(w, r, "http://169.254.169.254/", http.StatusFound)
		}},
		{"a redirect to itself", func(w http.ResponseWriter, r *http.Request, _ []byte) {
			http.Redirect(w, r, r.URL.String(), http.StatusFound)
		}},
		{"silence", func(_ http.ResponseWriter, r *http.Request, _ []byte) { <-r.Context().Done() }},
		{"a byte now and then", func(w http.ResponseWriter, r *http.Request, _ []byte) {
			for r.Context().Err() == nil {
				w.Write([]byte(" "))
				w.(http.Flusher).Flush()
				time.Sleep(200 * time.Millisecond)
			}
		}},
		{"503 for ever", status(http.StatusServiceUnavailable)},
	}
}

// publication is a published site.
type publication struct {
	s      *scene
	files  map[string][]byte
	turned func(w http.ResponseWriter, r *http.Request, content []byte) bool // reports whether it has answered; nil: it says the truth
}

// published lets the program publish a day, and a new data folder start from that site.
func (s *scene) published() *publication {
	p := &publication{s: s, files: map[string][]byte{}}
	truth := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, list) }))
	s.t.Cleanup(truth.Close)
	s.source("evil", "bogon-list", fmt.Sprintf("urls = [%q]", truth.URL+"/list.txt"))
	s.args[0] = "run"
	s.lived()
	site, err := filepath.EvalSymlinks(filepath.Join(s.data, "site"))
	s.must(err)
	s.must(filepath.WalkDir(site, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(site, path)
		p.files[name], err = os.ReadFile(path)
		return err
	}))
	if p.files[seedIndex] == nil || p.files[seedManifests] == nil {
		s.t.Fatalf("the site has no %s or %s", seedIndex, seedManifests)
	}
	for _, dir := range []string{"archive", "datasets", "state"} { // a new machine
		s.must(os.RemoveAll(filepath.Join(s.data, dir)))
	}
	s.healthy = false // it has nothing of its own
	server := httptest.NewServer(p)
	s.t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	s.args = append([]string{"seed", server.URL, "--as", "evil"}, s.args[1:]...)
	s.vouched = true
	return p
}

func (p *publication) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	content := p.files[strings.TrimPrefix(r.URL.Path, "/")]
	switch {
	case p.turned != nil && p.turned(w, r, content):
	case content == nil:
		http.NotFound(w, r)
	default:
		http.ServeContent(w, r, r.URL.Path, p.s.now, bytes.NewReader(content))
	}
}

// rewrite changes every manifest of the list of bogons, and lets the index vouch for what comes of it.
func (p *publication) rewrite(change func(m map[string]any)) {
	var lines bytes.Buffer
	for line := range bytes.Lines(p.files[seedManifests]) {
		var m map[string]any
		p.s.must(json.Unmarshal(line, &m))
		change(m)
		changed, err := json.Marshal(m)
		p.s.must(err)
		fmt.Fprintf(&lines, "%s\n", changed)
	}
	was := fmt.Sprintf("%q", hash(p.files[seedManifests]))
	index := strings.Replace(string(p.files[seedIndex]), was, fmt.Sprintf("%q", hash(lines.Bytes())), 1)
	index = strings.Replace(index, fmt.Sprintf(`"bytes": %d,`, len(p.files[seedManifests])), fmt.Sprintf(`"bytes": %d,`, lines.Len()), 1)
	p.files[seedManifests], p.files[seedIndex] = lines.Bytes(), []byte(index)
}
