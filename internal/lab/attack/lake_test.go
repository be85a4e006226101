package attack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"tidemark/datasets/table"
	"tidemark/internal/testkit"
)

// below is where the storage of a lake has what is not a partition.
const below = "d/.tidemark/"

// laked lets the data folder have a day behind it whose partition is in a storage alone. A query reads it.
func (s *scene) laked() *storage {
	o := s.storage("small = \"1B\"\nnewest = 0\ncache = \"1MB\"\n")
	s.healthy = false // its rows are in the storage
	if o.partition() == "" || s.rows("good", s.now.AddDate(0, 0, -1)) != 0 {
		s.t.Fatal("the partition of the day before is not in the storage alone")
	}
	s.args = []string{"sql", "-c", "tidemark.toml", "-d", "data", "SELECT 'rows:' || count(*) AS n FROM bogon_prefixes"}
	s.after = func() []string { return s.recovered(o, 1) }
	return o
}

// partition returns the key of the partition of the first day.
func (o *storage) partition() (first string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for key := range o.objects {
		if strings.HasPrefix(key, "d/bogon_prefixes/") && path.Ext(key) == ".parquet" && (first == "" || key < first) {
			first = key
		}
	}
	return first
}

// recovered lists what the rows of so many days lack when the storage says the truth again. A run comes before that where there were two.
func (s *scene) recovered(o *storage, days int) (harms []string) {
	o.turn(nil)
	query := *s
	query.args = []string{"sql", "-c", "tidemark.toml", "-d", "data", "SELECT 'rows:' || count(*) AS n FROM bogon_prefixes"}
	if days > 1 {
		again := *s
		again.args = []string{"run", "-c", "tidemark.toml", "-d", "data"}
		if now := again.run(); now.code != 0 {
			harms = append(harms, fmt.Sprintf("the run after it: exit code %d\n%s", now.code, now.log))
		}
	}
	if now, want := query.run(), fmt.Sprintf("rows:%d", days*goodRows); now.code != 0 || !strings.Contains(now.log, want) {
		harms = append(harms, fmt.Sprintf("the rows after it: exit code %d, want %s\n%s", now.code, want, now.log))
	}
	return harms
}

// lakes are what an object store, or a cache folder, says of partitions that are only in storage: to a query that reads one, and to a run
// that brings the index up to date.
func lakes() (all []attack) {
	read := func(name string, arrange func(*scene, *storage)) {
		all = append(all, attack{name: name, rows: anyRows, codes: []int{0, 1}, truth: "rows:3", arrange: func(s *scene) { arrange(s, s.laked()) }})
	}
	for does, f := range inOrder(append(downloads(), changing()...)) {
		read("lake object/"+does, func(_ *scene, o *storage) {
			o.lie(func(key string, _ *http.Request) bool { return strings.HasPrefix(key, "d/bogon_prefixes/") }, f)
		})
	}
	for does, f := range inOrder(append(downloads(), indexes()...)) {
		read("lake index/"+does, func(s *scene, o *storage) {
			s.must(os.RemoveAll(filepath.Join(s.data, "state", "lake"))) // a new machine
			o.lie(func(key string, _ *http.Request) bool { return key == below+"index.json" }, f)
		})
	}
	for does, m := range inOrder(segments()) {
		read("lake segment/"+does, func(s *scene, o *storage) {
			s.must(os.RemoveAll(filepath.Join(s.data, "state", "lake")))
			s.index(o, m)
			s.after = nil // the storage has no other index
		})
	}
	for does, link := range inOrder(links()) {
		read("lake cache/"+does, func(s *scene, o *storage) {
			link(s, o)
			s.before = s.outside()
		})
	}
	for does, f := range inOrder(pages()) {
		all = append(all, updating("lake list/"+does, func(o *storage) {
			o.lie(func(_ string, r *http.Request) bool { return r.URL.Query().Has("list-type") }, f)
			delete(o.objects, below+"index.json") // it is made anew of all that is listed
		}))
	}
	for does, word := range inOrder(words()) {
		all = append(all, updating("lake word/"+does, func(o *storage) { o.objects[below+"news/"+hash([]byte(word))+".json"] = []byte(word) }))
	}
	return all
}

// updating returns an attack on a run of the day after.
func updating(name string, turn func(*storage)) attack {
	return attack{name: name, rows: anyRows, codes: []int{0, 1, 3}, arrange: func(s *scene) {
		o := s.laked()
		s.args = []string{"run", "-c", "tidemark.toml", "-d", "data"}
		whole := map[string][]byte{}
		for key, object := range o.objects {
			whole[key] = object
		}
		turn(o)
		s.after = func() []string {
			for key, object := range whole { // what the attack put there or took away is as it was
				if strings.HasPrefix(key, "d/bogon_prefixes/") && !bytes.Equal(o.objects[key], object) {
					return []string{key + " is gone from the storage"}
				}
			}
			for key := range o.objects {
				if strings.HasPrefix(key, below+"news/") {
					delete(o.objects, key)
				}
			}
			return s.recovered(o, 2)
		}
	}}
}

// lie lets the storage answer with f what is meant.
func (o *storage) lie(meant func(key string, r *http.Request) bool, f respond) {
	o.turn(func(w http.ResponseWriter, r *http.Request, object []byte) bool {
		if !meant(strings.TrimPrefix(r.URL.Path, "/bucket/"), r) || r.Method != http.MethodGet {
			return false
		}
		f(w, r, object)
		return true
	})
}

// changing are objects that are not what they were when they were listed.
func changing() []named[respond] {
	return []named[respond]{
		{"text", func(w http.ResponseWriter, _ *http.Request, _ []byte) { io.WriteString(w, list) }},
		{"another object each time", func(w http.ResponseWriter, r *http.Request, object []byte) {
			w.Header().Set("ETag", tag([]byte(r.Header.Get("Amz-Sdk-Invocation-Id")+r.RemoteAddr)))
			w.Write(append([]byte(r.RemoteAddr), object...))
		}},
		{"a redirect to another host", func(w http.ResponseWriter, r *http.Request, _ []byte) {
			http.Redirect(w, r, "http://127.0.0.2:9/", http.StatusFound)
		}},
	}
}

// indexes are lists of segments.
func indexes() (all []named[respond]) {
	one := func(name, sha256 string, bytes int64) string {
		return fmt.Sprintf(`{"name":%q,"sha256":%q,"bytes":%d,"partitions":1}`, name, sha256, bytes)
	}
	sum := hash(nil)
	for does, text := range inOrder([]named[string]{
		{"no JSON", "<html>"},
		{"another format", `{"format":1000000}`},
		{"brackets without end", `{"format":1,"segments":` + strings.Repeat("[", 1<<20)},
		{"a segment that climbs", `{"format":1,"segments":[` + one("../../outside/x", sum, 1) + `]}`},
		{"an absolute segment", `{"format":1,"segments":[` + one("/etc/x", sum, 1) + `]}`},
		{"a segment named by a path", `{"format":1,"segments":[` + one("bogon_prefixes/v1/year=2026", "../../../outside/precious", 8) + `]}`},
		{"a segment that is not there", `{"format":1,"segments":[` + one("bogon_prefixes/v1/year=2026", sum, 0) + `]}`},
		{"a segment of 2^60 bytes", `{"format":1,"segments":[` + one("bogon_prefixes/v1/year=2026", sum, 1<<60) + `]}`},
		{"less than no bytes", `{"format":1,"segments":[` + one("bogon_prefixes/v1/year=2026", sum, -1) + `]}`},
		{"a segment twice", `{"format":1,"segments":[` + one("a", sum, 1) + "," + one("a", sum, 1) + `]}`},
		{"two hundred thousand segments", `{"format":1,"segments":[` + strings.Repeat(one("a", sum, 1)+",", 200_000) + one("b", sum, 1) + `]}`},
	}) {
		all = append(all, named[respond]{does, func(w http.ResponseWriter, _ *http.Request, _ []byte) { io.WriteString(w, text) }})
	}
	return all
}

// segments are changes to the manifest of the only partition, which the index then has.
func segments() []named[func(m *table.Manifest, o *storage)] {
	return []named[func(m *table.Manifest, o *storage)]{
		{"a partition that climbs", func(m *table.Manifest, _ *storage) { m.File = "../../outside/precious.parquet" }},
		{"an absolute partition", func(m *table.Manifest, _ *storage) { m.File = "/etc/precious.parquet" }},
		{"a partition of another dataset", func(m *table.Manifest, _ *storage) {
			m.Dataset, m.File = "roas", strings.Replace(m.File, "bogon_prefixes", "roas", 1)
		}},
		{"a manifest of another dataset", func(m *table.Manifest, _ *storage) { m.Dataset = "roas" }},
		{"a partition that is not there", func(m *table.Manifest, o *storage) { m.SHA256 = hash(nil) }},
		{"a partition named by a path", func(m *table.Manifest, _ *storage) { m.SHA256 = "../../outside/precious" }},
		{"no Parquet", func(m *table.Manifest, o *storage) { o.replace(m, []byte(list)) }},
		{"nothing", func(m *table.Manifest, o *storage) { o.replace(m, nil) }},
		{"half a partition", func(m *table.Manifest, o *storage) { o.replace(m, o.objects["d/"+m.File][:m.Bytes/2]) }},
		{"2^60 bytes", func(m *table.Manifest, _ *storage) { m.Bytes = 1 << 60 }},
		{"less than no bytes", func(m *table.Manifest, _ *storage) { m.Bytes = -1 }},
	}
}

// replace lets a partition have other bytes, which its manifest vouches for.
func (o *storage) replace(m *table.Manifest, content []byte) {
	o.objects["d/"+m.File] = content
	m.SHA256, m.Bytes = hash(content), int64(len(content))
}

// index replaces the index of the storage by one of the partition of the first day, whose manifest is changed.
func (s *scene) index(o *storage, change func(m *table.Manifest, o *storage)) {
	file := strings.TrimPrefix(o.partition(), "d/")
	m, err := table.ParseManifest(file, o.objects["d/"+table.ManifestName(file)])
	s.must(err)
	change(m, o)
	var index struct {
		Format   int             `json:"format"`
		Segments []table.Segment `json:"segments"`
	}
	index.Format = 1
	s.must(table.Segments([]*table.Manifest{m}, func(one table.Segment, b []byte) error {
		if strings.Contains(one.Name, "..") || path.IsAbs(one.Name) {
			one.Name = table.SegmentOf(file)
		}
		index.Segments = append(index.Segments, one)
		o.objects[below+"index/"+one.SHA256+".parquet"] = b
		return nil
	}))
	o.objects[below+"index.json"], err = json.Marshal(index)
	s.must(err)
}

// links are caches out of which a link leads, and one without room.
func links() []named[func(*scene, *storage)] {
	link := func(from string) func(*scene, *storage) {
		return func(s *scene, _ *storage) {
			at := filepath.Join(s.data, from)
			s.must(os.RemoveAll(at))
			s.must(os.MkdirAll(filepath.Dir(at), 0o755))
			s.must(os.Symlink(filepath.Join(s.root, "outside"), at))
		}
	}
	return []named[func(*scene, *storage)]{
		{"the folder", link("cache")},
		{"the folder of pins", link("cache/pins")},
		{"the folder of the index", link("state/lake")},
		{"the lock", func(s *scene, _ *storage) {
			at := filepath.Join(s.data, "cache", "lock")
			s.must(os.MkdirAll(filepath.Dir(at), 0o755))
			s.must(os.RemoveAll(at))
			s.must(os.Symlink(filepath.Join(s.root, "outside", "lock"), at))
		}},
		{"a partition", func(s *scene, o *storage) {
			at := filepath.Join(s.data, "cache", hash(o.objects[o.partition()])+".parquet")
			s.must(os.MkdirAll(filepath.Dir(at), 0o755))
			s.must(os.Symlink(filepath.Join(s.root, "outside", "precious.parquet"), at))
		}},
		{"a full disk", func(s *scene, _ *storage) {
			testkit.NeedRoot(s.t, "mounting a small disk")
			at := filepath.Join(s.data, "cache")
			s.must(os.MkdirAll(at, 0o755))
			s.must(exec.Command("mount", "-t", "tmpfs", "-o", "size=4k", "tidemark-attack", at).Run())
			unmount := func() { exec.Command("umount", "-l", at).Run() }
			s.t.Cleanup(unmount)
			after := s.after
			s.after = func() []string { unmount(); return after() }
		}},
	}
}

// pages are listings of what begins with a prefix.
func pages() (all []named[respond]) {
	listed := func(keys func(yield func(string)), next string) respond {
		return func(w http.ResponseWriter, r *http.Request, _ []byte) {
			io.WriteString(w, "<ListBucketResult><EncodingType>url</EncodingType>")
			keys(func(key string) {
				fmt.Fprintf(w, "<Contents><Key>%s%s</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>", r.URL.Query().Get("prefix"), key)
			})
			if next != "" {
				fmt.Fprintf(w, "<IsTruncated>true</IsTruncated><NextContinuationToken>%s</NextContinuationToken>", next)
			}
			io.WriteString(w, "</ListBucketResult>")
		}
	}
	keys := func(all ...string) func(func(string)) {
		return func(yield func(string)) {
			for _, key := range all {
				yield(key)
			}
		}
	}
	many := func(n int, f func(i int) string) func(func(string)) {
		return func(yield func(string)) {
			for i := range n {
				yield(f(i))
			}
		}
	}
	const day = "bogon_prefixes/v1/year=2026/month=01/day=01/"
	return []named[respond]{
		{"names that climb", listed(keys("../../outside/precious.parquet", "../../outside/_precious.json", "bogon_prefixes/../../../outside/_x.json"), "")},
		{"absolute names", listed(keys("/etc/passwd", "/etc/_passwd.json"), "")},
		{"NUL", listed(keys(day+"_a%00b.json", "%00"), "")},
		{"control characters", listed(keys(day+"_a%1B%5B2Jb%0A.json"), "")},
		{"names of 100 kB", listed(many(50, func(i int) string { return fmt.Sprint(day, "_", strings.Repeat("x", 100_000), i, ".json") }), "")},
		{"three hundred thousand manifests", listed(many(300_000, func(i int) string { return fmt.Sprint(day, "_", i, ".json") }), "")},
		{"the same page for ever", listed(keys(day+"a.parquet", day+"b.parquet", day+"c.parquet"), "more")},
		{"nothing, and more to come", listed(keys(), "more")},
		{"names outside of the prefix", func(w http.ResponseWriter, _ *http.Request, _ []byte) {
			io.WriteString(w, "<ListBucketResult><Contents><Key>other/_x.json</Key><Size>1</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents></ListBucketResult>")
		}},
		{"no XML", func(w http.ResponseWriter, _ *http.Request, _ []byte) { io.WriteString(w, "{}") }},
		{"an endless page", func(w http.ResponseWriter, _ *http.Request, _ []byte) {
			io.WriteString(w, "<ListBucketResult><Contents><Key>")
			endless(w, "x")
		}},
		{"503 for ever", func(w http.ResponseWriter, _ *http.Request, _ []byte) { w.WriteHeader(http.StatusServiceUnavailable) }},
		{"silence", func(_ http.ResponseWriter, r *http.Request, _ []byte) { <-r.Context().Done() }},
	}
}

// words are what workers are said to have left.
func words() (all []named[string]) {
	sum := hash(nil)
	return []named[string]{
		{"no JSON", "<html>"},
		{"null", "null"},
		{"a manifest that is null", `{"made":[null]}`},
		{"a partition that climbs", `{"made":[{"dataset":"bogon_prefixes","schema_version":1,"file":"../../outside/precious.parquet","bytes":8,"sha256":"` + sum + `"}]}`},
		{"a partition that is not there", `{"made":[{"dataset":"bogon_prefixes","schema_version":1,"file":"bogon_prefixes/v1/year=2026/month=01/day=01/x.parquet","bytes":8,"sha256":"` + sum + `","rows":1,"seen":1,"kept":1,"unit":"lines"}]}`},
		{"removal of what climbs", `{"made":[],"replaced":{"../../outside/precious.parquet":"` + sum + `"}}`},
		{"removal of what is absolute", `{"made":[],"replaced":{"/etc/passwd":"` + sum + `"}}`},
		{"removal of other bytes", `{"made":[],"replaced":{"bogon_prefixes/v1/year=2026/month=01/day=01/x.parquet":"` + sum + `"}}`},
		{"removal of a hundred thousand", `{"made":[],"replaced":{` + strings.Join(removals(100_000), ",") + `}}`},
	}
}

// removals are partitions that a word removes.
func removals(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf(`"bogon_prefixes/v1/year=2026/month=01/day=01/%d.parquet":%q`, i, hash(nil)))
	}
	return all
}
