package attack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// The files that a day leaves in the data folder.
const (
	noteOfDay     = "archive/bogon-list/good/*/*.meta.json"
	rawOfDay      = "archive/bogon-list/good/*/list.txt"
	manifestOfDay = "datasets/bogon_prefixes/*/*/*/*/_*.json"
	tableOfDay    = "datasets/bogon_prefixes/*/*/*/*/*.parquet"
	indexOfYear   = "index/bogon_prefixes/*/*.parquet"
)

// replace puts something else at the place of a file.
func replace(path, with string) error {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	switch {
	case err != nil:
		return err
	case with == "a pipe":
		return exec.Command("mkfifo", path).Run()
	case with == "a socket":
		return syscall.Mknod(path, syscall.S_IFSOCK|0o600, 0)
	case with == "a folder":
		return os.Mkdir(path, 0o755)
	case with == "a link to itself":
		return os.Symlink(filepath.Base(path), path)
	case strings.HasPrefix(with, "link "):
		return os.Symlink(strings.TrimPrefix(with, "link "), path)
	}
	return os.WriteFile(path, []byte(with), 0o644)
}

// folders are data folders that somebody else wrote; the healthy source is collected on the next day.
func folders() (all []attack) {
	fillings := []named[string]{
		{"nothing in it", ""}, {"a pipe", "a pipe"}, {"a socket", "a socket"}, {"a folder", "a folder"}, {"a link that leads out", "link ../../../../../../outside/precious.parquet"},
		{"a link to itself", "a link to itself"}, {"a link to nothing", "link nothing"}, {"a link to a device without end", "link /dev/zero"}, {"nonsense", "\x00\xff{"}, {"null", "null"},
		{"an empty object", "{}"}, {"a list", "[[[]]]"}, {"depth", strings.Repeat("[", 2_000_000)}, {"numbers that overflow", `{"bytes":1e400,"rows":99999999999999999999}`},
		{"a name that leads out", `{"file":"../../outside/precious.parquet","together":["../../outside/precious.parquet"],"name":"../../../../outside/precious.parquet","sha256":"` + strings.Repeat("0", 64) + `"}`},
	}
	for what, pattern := range inOrder([]named[string]{{"a note", noteOfDay}, {"a raw file", rawOfDay}, {"a manifest", manifestOfDay}, {"a partition", tableOfDay}}) {
		for does, with := range inOrder(fillings) {
			all = append(all, attack{name: what + "/" + does, rows: anyRows, arrange: func(s *scene) {
				s.lived()
				s.must(replace(s.find(pattern), with))
				os.Remove(filepath.Join(s.data, "state", "clean"))
				os.Remove(filepath.Join(s.data, "state", "catalogue"))
			}})
		}
	}
	for does, with := range inOrder(fillings) {
		all = append(all, attack{name: "the index/" + does, rows: anyRows, arrange: func(s *scene) {
			s.lived()
			s.must(replace(s.find(indexOfYear), with))
		}})
	}
	for _, name := range []string{"sources.json", "alerts.json", "last.json", "running.json", "clock.json", "unreadable.json", "catalogue", "published.json"} {
		for does, with := range inOrder(fillings) {
			all = append(all, attack{name: "state/" + name + ": " + does, rows: anyRows, codes: []int{0, 3}, arrange: func(s *scene) {
				s.lived()
				s.must(replace(filepath.Join(s.data, "state", name), with))
			}})
		}
	}
	for does, plant := range inOrder([]named[func(s *scene) error]{
		{"a manifest of nothing whose file leads out", func(s *scene) error {
			os.Remove(filepath.Join(s.data, "state", "clean"))
			dir := filepath.Dir(s.find(manifestOfDay))
			return errors.Join(os.WriteFile(filepath.Join(dir, "0evil.parquet"), []byte("x"), 0o644),
				os.WriteFile(filepath.Join(dir, "_0evil.json"), []byte(fillings[len(fillings)-1].value), 0o644))
		}},
		{"a replacement that leads out", func(s *scene) error {
			os.Remove(filepath.Join(s.data, "state", "clean"))
			return os.WriteFile(filepath.Join(s.data, "datasets", ".replacing-x"), []byte(`{"made":{},"replaced":{"../../outside/precious.parquet":""}}`), 0o644)
		}},
		{"parts that are pipes", func(s *scene) error {
			os.MkdirAll(filepath.Join(s.data, "archive", ".parts"), 0o755)
			return replace(filepath.Join(s.data, "archive", ".parts", "x"), "a pipe")
		}},
		{"parts that lead out", func(s *scene) error {
			os.RemoveAll(filepath.Join(s.data, "archive", ".parts"))
			return os.Symlink(filepath.Join(s.root, "outside"), filepath.Join(s.data, "archive", ".parts"))
		}},
		{"a quarantine that leads out", func(s *scene) error {
			return os.Symlink(filepath.Join(s.root, "outside"), filepath.Join(s.data, "archive", "quarantine"))
		}},
		{"10,000 empty notes", func(s *scene) error {
			dir := filepath.Join(s.data, "archive", "bogon-list", "good", "2020-01-01")
			err := os.MkdirAll(dir, 0o755)
			for i := range 10_000 {
				err = errors.Join(err, os.WriteFile(filepath.Join(dir, fmt.Sprint(i, ".meta.json")), nil, 0o644))
			}
			return err
		}},
	}) {
		all = append(all, attack{name: "folder/" + does, rows: anyRows, arrange: func(s *scene) { s.lived(); s.must(plant(s)) }})
	}
	for _, with := range []string{"a pipe", "a folder", "link /dev/zero"} {
		all = append(all, attack{name: "lock/" + with, rows: anyRows, codes: []int{1}, arrange: func(s *scene) {
			s.lived()
			s.healthy = false
			s.must(replace(filepath.Join(s.data, "state", "lock"), with))
		}})
	}
	return all
}
