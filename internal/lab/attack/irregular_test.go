package attack

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// irregular is what may lie where a file is expected, as replace knows it.
var irregular = []named[string]{
	{"a pipe", "a pipe"}, {"a socket", "a socket"}, {"a device without end", "link /dev/zero"}, {"a folder", "a folder"},
	{"a link to nothing", "link nothing"}, {"a link to itself", "a link to itself"},
}

// places are places of files outside of the data folder, and verbs that read the data folder, with something else there than a file. It is
// named, and nobody waits for it.
func places() (all []attack) {
	for does, with := range inOrder(irregular) {
		put := func(s *scene, path string) {
			path = filepath.Join(s.root, path)
			s.must(os.MkdirAll(filepath.Dir(path), 0o755))
			s.must(replace(path, with))
			s.before = s.outside()
		}
		add := func(kind, named string, codes []int, arrange func(*scene)) {
			name := kind + "/" + does
			if strings.Contains(kind, "/") {
				name = kind + ": " + does
			}
			all = append(all, attack{name: name, rows: anyRows, codes: codes, named: named, arrange: arrange})
		}
		add("configuration", "other.toml", []int{2}, func(s *scene) {
			put(s, "other.toml")
			s.healthy = false
			s.args = []string{"collect", "-c", "other.toml", "-d", "data"}
		})
		add("list of domains", "domains.csv", []int{3}, func(s *scene) {
			put(s, "domains.csv")
			s.source("evil", "ipv6-probes", "domains = \"domains.csv\"\ncontrols = [\"example.net:80\"]\nresolver = \"127.0.0.1:1\"")
		})
		add("local file", "files/x", []int{3}, func(s *scene) {
			put(s, "files/x")
			s.source("evil", "bogon-list", "urls = [\"file:files/x\"]")
		})
		add("import", "files/x", []int{1, 3}, func(s *scene) {
			put(s, "files/x")
			s.healthy = false
			s.args = []string{"import", "bogon-list", "-c", "tidemark.toml", "-d", "data", "--collector", "evil", "files/x"}
		})
		for _, pattern := range []string{"archive/bogon-list/good/*/list.txt", "archive/bogon-list/good/*/list.txt.meta.json"} {
			add("copy/"+filepath.Base(pattern), "", nil, func(s *scene) {
				s.configure("[storage]\narchive = \"file:copy/archive\"\n")
				s.args[0] = "run"
				s.lived()
				found, _ := filepath.Glob(filepath.Join(s.root, "copy", pattern))
				if len(found) != 1 {
					s.t.Fatalf("%d copies", len(found))
				}
				s.must(replace(found[0], with))
			})
		}
		for _, verb := range [][]string{{"sql", "SELECT count(*) FROM bogon_prefixes"}, {"datasets", "verify"}, {"datasets", "describe", "bogon_prefixes"}, {"prefix", "192.0.2.0/24"}, {"status"}, {"doctor"}} {
			add("reading/"+strings.Join(verb, " "), "", []int{0, 1, 3}, func(s *scene) {
				s.lived()
				s.healthy = false
				s.must(replace(s.find(tableOfDay), with))
				s.args = append(verb, "-c", "tidemark.toml", "-d", "data")
			})
		}
		add("journal", "", []int{0, 3}, func(s *scene) {
			s.healthy = false
			s.must(os.MkdirAll(filepath.Join(s.data, "state", "runs"), 0o755))
			s.must(replace(filepath.Join(s.data, "state", "runs", fmt.Sprint(s.now.Year(), ".jsonl")), with))
			s.args = []string{"run", "-c", "tidemark.toml", "-d", "data"}
		})
	}
	return all
}
