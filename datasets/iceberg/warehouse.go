// Package iceberg registers the partitions of a store as Apache Iceberg tables (format version 2), without a copy: it writes the metadata
// by which engines that read such tables find the files.
//
// A table has one snapshot, the partitions that its dataset has now. The files hold no IDs of columns, so the table maps their names to
// IDs; year, month and day are in the folders' names only, and become partition fields. The same partitions give the same bytes: IDs
// are hashes, and the time of a snapshot is the last day that its rows describe.
//
// Specification: https://iceberg.apache.org/spec/
package iceberg

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tidemark/datasets/table"
	"tidemark/internal/atomicfile"
)

// Warehouse is a folder of tables. Spark calls such a folder a catalog of the type hadoop.
type Warehouse struct {
	Dir  string // for example data/iceberg
	URL  string // of that folder for readers, without a slash at its end
	Data string // URL of the store for readers, without a slash at its end
}

// Table is a registered table.
type Table struct {
	Name     string `json:"table"`
	Files    int    `json:"files"`
	Rows     int64  `json:"rows"`
	Metadata string `json:"metadata"` // URL of the metadata file
	Changed  bool   `json:"changed"`  // the file is new
}

// Register makes the table of a dataset have exactly these partitions, which are in the order of their files. What the table's state before
// this one needs stays for readers that began with it; older files are removed.
func (w Warehouse) Register(s *table.Schema, partitions []*table.Manifest) (t Table, err error) {
	files := &files{dir: filepath.Join(w.Dir, s.Name, "metadata"), url: path.Join("/", s.Name, "metadata")}
	files.url = w.URL + files.url
	of, last := schemaOf(s)
	now, err := w.state(s, of, partitions, files)
	if err != nil {
		return t, err
	}
	now.LastColumn = last
	b, err := json.MarshalIndent(now, "", "  ")
	if err != nil {
		return t, err
	}
	t = Table{Name: s.Name, Files: len(partitions)}
	for _, p := range partitions {
		t.Rows += p.Rows
	}
	version, changed, err := files.publish(append(b, '\n'))
	if err != nil {
		return t, fmt.Errorf("registering %s: %w", s.Name, err)
	}
	t.Metadata, t.Changed = files.url+"/"+metadataName(version), changed
	return t, nil
}

// state returns the metadata of a table and adds the files that they name.
func (w Warehouse) state(s *table.Schema, of schema, partitions []*table.Manifest, files *files) (metadata, error) {
	urlOf := func(m *table.Manifest) string { return w.Data + "/" + m.File }
	hash := sha256.New()
	var lines []listed
	for year := range byYear(partitions) {
		b, line, err := manifest(of, year, urlOf)
		if err != nil {
			return metadata{}, err
		}
		line.Path = files.add("", "-m0.avro", b)
		lines = append(lines, line)
		fmt.Fprintln(hash, line.Path)
	}
	for _, m := range partitions {
		fmt.Fprintln(hash, m.File, m.SHA256)
	}
	now, err := newMetadata(s, of, w.URL+"/"+s.Name)
	if err != nil || len(partitions) == 0 {
		return now, err
	}
	id := positive(hash.Sum(nil))
	for i := range lines {
		lines[i].Snapshot = id
	}
	b, err := manifestList(id, lines)
	if err != nil {
		return now, err
	}
	now.setSnapshot(id, lines, partitions[len(partitions)-1].Day(), files.add(fmt.Sprintf("snap-%d-1-", id), ".avro", b))
	return now, nil
}

// byYear yields the partitions of each year; they are in the order of days.
func byYear(partitions []*table.Manifest) func(yield func([]*table.Manifest) bool) {
	return func(yield func([]*table.Manifest) bool) {
		for len(partitions) > 0 {
			year := partitions[0].Day().Year()
			n := slices.IndexFunc(partitions, func(m *table.Manifest) bool { return m.Day().Year() != year })
			if n < 0 {
				n = len(partitions)
			}
			if !yield(partitions[:n]) {
				return
			}
			partitions = partitions[n:]
		}
	}
}

// files are the metadata of a table: those of the state that is about to be published.
type files struct {
	dir, url string
	names    []string
	contents [][]byte
}

// add adds a file that is named after its content, and returns its URL.
func (f *files) add(prefix, suffix string, b []byte) (url string) {
	sum := sha256.Sum256(b)
	name := prefix + uuid(sum[:]) + suffix
	f.names, f.contents = append(f.names, name), append(f.contents, b)
	return f.url + "/" + name
}

// versionHint names the newest version for readers.
const versionHint = "version-hint.text"

func metadataName(version int) string { return fmt.Sprintf("v%d.metadata.json", version) }

// publish makes metadata the newest version of the table, unless they are that.
func (f *files) publish(metadata []byte) (version int, changed bool, err error) {
	versions, err := f.versions()
	if err != nil {
		return 0, false, err
	}
	version = 1
	if n := len(versions); n > 0 {
		version = versions[n-1]
		if old, err := atomicfile.Read(filepath.Join(f.dir, metadataName(version))); err == nil && bytes.Equal(old, metadata) && f.complete() {
			return version, false, f.hint(version)
		}
		version++
	}
	if err := os.MkdirAll(f.dir, 0o755); err != nil {
		return 0, false, err
	}
	for i, name := range f.names {
		if f.has(i) {
			continue
		}
		if err := atomicfile.Write(filepath.Join(f.dir, name), f.contents[i]); err != nil {
			return 0, false, err
		}
	}
	if err := atomicfile.Write(filepath.Join(f.dir, metadataName(version)), metadata); err != nil {
		return 0, false, err
	}
	return version, true, errors.Join(f.hint(version), f.removeBefore(version))
}

// complete reports whether all files are there.
func (f *files) complete() bool {
	for i := range f.names {
		if !f.has(i) {
			return false
		}
	}
	return true
}

// has reports whether a file is there, of its size: it is named after its content.
func (f *files) has(i int) bool {
	stat, err := os.Lstat(filepath.Join(f.dir, f.names[i]))
	return err == nil && stat.Mode().IsRegular() && stat.Size() == int64(len(f.contents[i]))
}

func (f *files) hint(version int) error {
	name, text := filepath.Join(f.dir, versionHint), []byte(strconv.Itoa(version))
	if old, err := atomicfile.Read(name); err == nil && bytes.Equal(old, text) {
		return nil
	}
	return atomicfile.Write(name, text)
}

var versionName = regexp.MustCompile(`^v([1-9][0-9]{0,8})\.metadata\.json$`)

// versions returns the versions that the folder has, in order.
func (f *files) versions() (all []int, err error) {
	entries, err := os.ReadDir(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if m := versionName.FindStringSubmatch(e.Name()); m != nil {
			n, _ := strconv.Atoi(m[1])
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all, err
}

// removeBefore removes what neither the version nor the one before it needs.
func (f *files) removeBefore(version int) error {
	retained := append([]string{versionHint, metadataName(version), metadataName(version - 1)}, f.names...)
	retained = append(retained, f.namedBy(version-1)...)
	entries, err := os.ReadDir(f.dir)
	for _, e := range entries {
		if !slices.Contains(retained, e.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(f.dir, e.Name())))
		}
	}
	return err
}

// namedBy returns the names of the files that a version needs; none where it cannot be read, as a reader cannot either.
func (f *files) namedBy(version int) (names []string) {
	b, err := atomicfile.Read(filepath.Join(f.dir, metadataName(version)))
	var before metadata
	if err != nil || json.Unmarshal(b, &before) != nil {
		return nil
	}
	for _, s := range before.Snapshots {
		list := path.Base(s.List)
		names = append(names, list)
		if b, err := atomicfile.Read(filepath.Join(f.dir, list)); err == nil {
			paths, _ := readManifestList(b)
			for _, p := range paths {
				names = append(names, path.Base(p))
			}
		}
	}
	return names
}

// uuid returns a UUID of the first bytes of a hash (RFC 9562, section 5.8).
func uuid(sum []byte) string {
	b := slices.Clone(sum[:16])
	b[6], b[8] = b[6]&0x0f|0x80, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}
