package table

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"tidemark/internal/atomicfile"
)

// Store is the folder of all datasets.
type Store struct {
	Dir     string // such as data/datasets
	Program string // version of the program that writes, for the manifests
}

// Key is where a partition stands: the day its rows speak of, and a name made of its source's name.
type Key struct {
	Day  time.Time
	Name string
}

// Input is what a partition was made from: a raw file, or a partition of another dataset.
type Input struct {
	Name   string `json:"name"` // path in the archive, or dataset path in the store
	URL    string `json:"url,omitempty"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
	With   string `json:"with,omitempty"` // what else was wanted of it, such as "entries"
}

// Manifest describes one committed partition. It is written last: a partition without one does not exist.
type Manifest struct {
	Dataset  string           `json:"dataset"`
	Schema   int              `json:"schema_version"`
	Program  string           `json:"program"`
	File     string           `json:"file"` // path in the store, with slashes
	Bytes    int64            `json:"bytes"`
	SHA256   string           `json:"sha256"`
	Rows     int64            `json:"rows"`
	Inputs   []Input          `json:"inputs"`
	Unit     string           `json:"unit"` // what seen, kept and rejected count
	Seen     int64            `json:"seen"`
	Kept     int64            `json:"kept"`
	Rejected map[string]int64 `json:"rejected,omitempty"` // by reason
	Noted    map[string]int64 `json:"noted,omitempty"`    // met but not modelled, with the row kept
	Damage   []string         `json:"damage,omitempty"`   // the first places at which the source is damaged
	Together []string         `json:"together,omitempty"` // files committed with this one
}

// Day is the day in the partition's path.
func (m *Manifest) Day() time.Time {
	var y, mo, d int
	for part := range strings.SplitSeq(m.File, "/") {
		for _, f := range []struct {
			key  string
			into *int
		}{{"year=", &y}, {"month=", &mo}, {"day=", &d}} {
			if v, ok := strings.CutPrefix(part, f.key); ok {
				*f.into, _ = strconv.Atoi(v)
			}
		}
	}
	return time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC)
}

// Name is the partition's name without folder and ending.
func (m *Manifest) Name() string {
	return strings.TrimSuffix(m.File[strings.LastIndexByte(m.File, '/')+1:], ".parquet")
}

// AsInput names the partition as an input of a derived one.
func (m *Manifest) AsInput() Input {
	return Input{Name: m.File, SHA256: m.SHA256, Bytes: m.Bytes}
}

// Path is the partition's place on disk.
func (s *Store) Path(m *Manifest) string { return filepath.Join(s.Dir, filepath.FromSlash(m.File)) }

// safeName keeps letters, digits, dot, minus and underscore, so that no source's name can leave its folder or be hidden.
func safeName(name string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '_'
	}, name)
	if len(clean) > 200 {
		sum := sha256.Sum256([]byte(name))
		clean = clean[:180] + "-" + hex.EncodeToString(sum[:8])
	}
	if clean == "" || clean[0] == '.' || clean[0] == '_' {
		clean = "x" + clean
	}
	return clean
}

// File is where the schema's partition of that key stands in the store, with slashes.
func (s *Schema) File(k Key) string {
	return fmt.Sprintf("%s/v%d/year=%04d/month=%02d/day=%02d/%s.parquet", s.Name, s.Version,
		k.Day.Year(), k.Day.Month(), k.Day.Day(), safeName(k.Name))
}

// manifestFile puts the manifest beside its partition; the underscore hides it from readers of hive folders.
func manifestFile(file string) string {
	dir, base := filepath.Split(file)
	return dir + "_" + strings.TrimSuffix(base, ".parquet") + ".json"
}

// FileOfManifest names the partition that the manifest of that path speaks of; empty for what is no manifest.
func FileOfManifest(name string) string {
	dir, base := filepath.Split(name)
	base, is := strings.CutSuffix(base, ".json")
	if !is || len(base) < 2 || base[0] != '_' {
		return ""
	}
	return dir + base[1:] + ".parquet"
}

// Manifests are the committed partitions of a dataset, oldest day first, then by name. A file whose siblings of the
// same commit are not all there counts as absent.
func (s *Store) Manifests(of *Schema) ([]*Manifest, error) {
	root := filepath.Join(s.Dir, of.Name, fmt.Sprintf("v%d", of.Version))
	var all []*Manifest
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() || !strings.HasPrefix(d.Name(), "_") || !strings.HasSuffix(d.Name(), ".json") {
			return nil
		}
		m, err := readManifest(path)
		if err != nil {
			return err
		}
		if s.whole(m) {
			all = append(all, m)
		}
		return nil
	})
	if os.IsNotExist(err) {
		return nil, nil
	}
	sort.Slice(all, func(i, j int) bool { return all[i].File < all[j].File })
	return all, err
}

// Manifest reads the manifest of one partition; nil without error where there is none.
func (s *Store) Manifest(of *Schema, k Key) (*Manifest, error) {
	m, err := readManifest(filepath.Join(s.Dir, manifestFile(filepath.FromSlash(of.File(k)))))
	if os.IsNotExist(err) || err == nil && !s.whole(m) {
		return nil, nil
	}
	return m, err
}

func (s *Store) whole(m *Manifest) bool {
	for _, file := range append([]string{m.File}, m.Together...) {
		path := filepath.FromSlash(file)
		for _, p := range []string{path, manifestFile(path)} {
			if _, err := os.Stat(filepath.Join(s.Dir, p)); err != nil {
				return false
			}
		}
	}
	return true
}

func readManifest(path string) (*Manifest, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	m := new(Manifest)
	if err := json.Unmarshal(b, m); err != nil {
		return nil, fmt.Errorf("%s: manifest is damaged: %w; remove it and run again", path, err)
	}
	return m, nil
}

// Remove takes a partition away, its manifest first.
func (s *Store) Remove(m *Manifest) error {
	path := s.Path(m)
	if err := os.Remove(manifestFile(path)); err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.Remove(path)
}

// Sweep removes what a killed run left half-made: temporary files, and partitions that were not wholly committed.
func (s *Store) Sweep() error {
	err := filepath.WalkDir(s.Dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return nil
		case strings.HasPrefix(d.Name(), atomicfile.TempPrefix):
			return os.Remove(path)
		case strings.HasSuffix(d.Name(), ".parquet"):
			m, err := readManifest(manifestFile(path))
			if os.IsNotExist(err) {
				return os.Remove(path)
			}
			if err != nil {
				return err
			}
			if !s.whole(m) {
				return s.Remove(m)
			}
		case strings.HasPrefix(d.Name(), "_") && strings.HasSuffix(d.Name(), ".json"):
			if m, err := readManifest(path); err == nil && !s.whole(m) {
				return os.Remove(path)
			}
		}
		return nil
	})
	if os.IsNotExist(err) {
		return nil
	}
	return err
}

func hashFile(path string) (sum string, size int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), size, err
}
