package table

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"tidemark/internal/tree"
	"time"
)

// Key is where a partition lies: the day that its rows describe, and a name made from its source's name.
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
	With   string `json:"with,omitempty"`   // what else was wanted of it, for example "entries"
	Absent bool   `json:"absent,omitempty"` // its bytes were not at hand: the partition was made without them
}

// Manifest describes one committed partition. It is written last: a partition without one does not exist. Manifests that a
// Store returns may be shared: do not modify them.
type Manifest struct {
	Dataset string `json:"dataset"`
	Schema  int    `json:"schema_version"`
	Program string `json:"program"`
	File    string `json:"file"` // path in the store, with slashes
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	Rows    int64  `json:"rows"`
	// Labels are the values of the label columns in the first row; absent in manifests of earlier releases. See Dataset.Labels.
	Labels   map[string]string `json:"labels,omitempty"`
	Inputs   []Input           `json:"inputs"`
	Unit     string            `json:"unit"` // what seen, kept and rejected count
	Seen     int64             `json:"seen"`
	Kept     int64             `json:"kept"`
	Rejected map[string]int64  `json:"rejected,omitempty"` // by reason
	Noted    map[string]int64  `json:"noted,omitempty"`    // met but not modelled, with the row kept
	Damage   []string          `json:"damage,omitempty"`   // the first places at which the source is damaged
	Together []string          `json:"together,omitempty"` // files committed with this one
	// MeasuredBy is who made the partition, if it was not this installation.
	MeasuredBy *Publisher `json:"measured_by,omitempty"`
}

// Publisher is an installation that publishes its partitions, as a partition adopted from it names it.
type Publisher struct {
	Name    string `json:"name"`              // as it names itself
	URL     string `json:"url"`               // of its site, ending in a slash
	License string `json:"license,omitempty"` // of its data; empty: none is stated
	Known   string `json:"known_as"`          // name behind those of its places here
	SHA256  string `json:"sha256"`            // of the partition as it was published there
	Through string `json:"through,omitempty"` // URL of the mirror that it was fetched from; empty: from the publisher
	Fetched string `json:"fetched,omitempty"` // day, YYYY-MM-DD; empty in what is published
}

// Source returns the collector of the raw file that the partition was decoded from; empty: it has none, or several files.
func (m *Manifest) Source() string {
	if len(m.Inputs) == 1 {
		if parts := strings.Split(m.Inputs[0].Name, "/"); len(parts) == 4 { // kind, collector, day, name
			return parts[1]
		}
	}
	return ""
}

// Day returns the day in the partition's path.
func (m *Manifest) Day() time.Time {
	const digits = "2006/month=01/day=02/"
	var y, mo, d int
	if _, day, _ := strings.Cut(m.File, "/year="); len(day) >= len(digits) {
		y, _ = strconv.Atoi(day[:4])
		mo, _ = strconv.Atoi(day[11:13])
		d, _ = strconv.Atoi(day[18:20])
	}
	return time.Date(y, time.Month(mo), d, 0, 0, 0, 0, time.UTC)
}

// Name returns the partition's name without folder and ending.
func (m *Manifest) Name() string {
	return strings.TrimSuffix(m.File[strings.LastIndexByte(m.File, '/')+1:], ".parquet")
}

// AsInput returns the partition as an input of a derived one.
func (m *Manifest) AsInput() Input {
	return Input{Name: m.File, SHA256: m.SHA256, Bytes: m.Bytes}
}

// safeName replaces all but letters, digits, dot, minus, underscore and tilde, so that no source's name can leave its folder or be
// hidden.
func safeName(name string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_', r == '~':
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

// File returns the path in the store, with slashes, of the schema's partition of that key.
func (s *Schema) File(k Key) string {
	return fmt.Sprintf("%s/v%d/year=%04d/month=%02d/day=%02d/%s.parquet", s.Name, s.Version,
		k.Day.Year(), k.Day.Month(), k.Day.Day(), safeName(k.Name))
}

// KeyOf returns the key of the partition with that path in the store, and whether it is one of the schema.
func (s *Schema) KeyOf(file string) (k Key, ok bool) {
	m := Manifest{File: file}
	k = Key{Day: m.Day(), Name: m.Name()}
	return k, s.File(k) == file
}

// manifestFile returns the path of a partition's manifest, beside it; the underscore hides it from readers of hive folders.
func manifestFile(file string) string {
	dir, base := filepath.Split(file)
	return dir + "_" + strings.TrimSuffix(base, ".parquet") + ".json"
}

// FileOfManifest returns the path of the partition that the manifest at that path describes; empty if the path is not that
// of a manifest.
func FileOfManifest(name string) string {
	dir, base := filepath.Split(name)
	base, is := strings.CutSuffix(base, ".json")
	if !is || len(base) < 2 || base[0] != '_' {
		return ""
	}
	return dir + base[1:] + ".parquet"
}

// errManifest says that a manifest cannot be read, or is not that of the partition beside it.
var errManifest = errors.New("the manifest is damaged")

// maxManifest is the longest manifest that is read, in bytes.
const maxManifest = 64 << 20

// readManifest reads the manifest of the partition at the path file in the store.
func (s *Store) readManifest(file string) (*Manifest, error) {
	name := manifestFile(file)
	f, err := tree.Open(s.Dir, name)
	if tree.Foreign(err) {
		return nil, fmt.Errorf("%w: %w", errManifest, err)
	} else if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxManifest))
	if err != nil {
		return nil, err
	}
	m, err := parseManifest(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", name, errManifest, err)
	}
	if err := m.check(file); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", name, errManifest, err)
	}
	return m, nil
}

// parseManifest reads a manifest. What it lists as empty it does not have.
func parseManifest(b []byte) (*Manifest, error) {
	m := new(Manifest)
	if err := json.Unmarshal(b, m); err != nil {
		return nil, err
	}
	for _, list := range []*[]string{&m.Damage, &m.Together} {
		if len(*list) == 0 {
			*list = nil
		}
	}
	for _, counts := range []*map[string]int64{&m.Rejected, &m.Noted} {
		if len(*counts) == 0 {
			*counts = nil
		}
	}
	if len(m.Inputs) == 0 {
		m.Inputs = nil
	}
	if len(m.Labels) == 0 {
		m.Labels = nil
	}
	return m, nil
}

// check is an error unless the manifest can be that of the partition file, and names nothing but partitions of the store.
func (m *Manifest) check(file string) error {
	if m.File != file {
		return fmt.Errorf("it names the partition %q (want the one beside it)", m.File)
	}
	for _, named := range append([]string{file}, m.Together...) {
		if !isPartitionPath(named) {
			return fmt.Errorf("it names %q, which is not a partition", named)
		}
	}
	if sum, err := hex.DecodeString(m.SHA256); err != nil || len(sum) != sha256.Size || m.Bytes < 0 {
		return errors.New("it lacks size or SHA-256")
	}
	return nil
}

// isPartitionPath reports whether a path, with slashes, can be that of a partition in a store, and leads to nothing outside it.
func isPartitionPath(file string) bool {
	return file == path.Clean(file) && filepath.IsLocal(filepath.FromSlash(file)) && path.Ext(file) == ".parquet"
}
