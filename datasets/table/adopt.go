package table

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"tidemark/internal/atomicfile"
	"tidemark/internal/tree"
)

// Adoption is a partition of another store that becomes one of this store.
type Adoption struct {
	Schema   *Schema
	Manifest *Manifest // as it is to be here, with the size and the SHA-256 of the bytes at From
	From     string    // file with the bytes
	Known    string    // what is appended to the names of places; empty: nothing
	Named    bool      // it is appended to them already
}

// renames reports whether the rows change.
func (a *Adoption) renames() bool { return a.Known != "" && a.Schema.HasPlaces() && !a.Named }

// HasPlaces reports whether the dataset depends on the place that measured.
func (s *Schema) HasPlaces() bool {
	return slices.ContainsFunc(s.Columns, func(c Column) bool { return c.Place })
}

// AdoptedFile returns the path in the store of a partition from another store whose places are known here by that name.
func (s *Schema) AdoptedFile(file, known string) string {
	k, ok := s.KeyOf(file)
	if !ok || known == "" || !s.HasPlaces() {
		return file
	}
	k.Name += "~" + known
	return s.File(k)
}

// maxRowsByte is how many rows a byte of an adopted partition may stand for: repeated values take next to no space.
const maxRowsByte = 64

// Adopt commits partitions of another store: all of them appear, or none. Each must have the bytes, the columns and the rows that
// its manifest says. The files at From are left alone.
func (s *Store) Adopt(all ...Adoption) ([]*Manifest, error) {
	p, err := s.adoption(all)
	if err != nil {
		return nil, err
	}
	for _, step := range p.steps() {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p.manifests, nil
}

// adoption writes the partitions to temporary files and returns what makes them visible.
func (s *Store) adoption(all []Adoption) (p *publication, err error) {
	p = &publication{store: s}
	for _, a := range all {
		m := *a.Manifest
		m.Labels, m.Together = nil, nil // labels are read from the rows, which are what counts
		for _, other := range all {
			if other.Manifest.File != m.File {
				m.Together = append(m.Together, other.Manifest.File)
			}
		}
		temp, err := s.adopt(&a, &m)
		if err != nil {
			for _, temp := range p.temps {
				os.Remove(temp)
			}
			return nil, fmt.Errorf("%s: %w", m.File, err)
		}
		p.temps, p.manifests = append(p.temps, temp), append(p.manifests, &m)
	}
	return p, nil
}

// adopt writes a partition to a temporary file and completes its manifest.
func (s *Store) adopt(a *Adoption, m *Manifest) (temp string, err error) {
	if err := a.checkCounts(); err != nil {
		return "", err
	}
	if err := tree.MakeFolder(s.Dir, path.Dir(m.File)); err != nil {
		return "", err
	}
	out, err := atomicfile.Create(filepath.Split(s.path(m.File)))
	if err != nil {
		return "", err
	}
	err = a.write(out)
	if err == nil {
		err = out.Chmod(0o444) // as Writer does
	}
	if err == nil {
		err = out.Sync()
	}
	if e := out.Close(); err == nil {
		err = e
	}
	if err == nil && a.renames() {
		m.SHA256, m.Bytes, err = PathOf(out.Name()).hash()
	}
	if err != nil {
		os.Remove(out.Name())
	}
	return out.Name(), err
}

// checkCounts is an error if the numbers of the manifest cannot be those of a partition.
func (a *Adoption) checkCounts() error {
	m := a.Manifest
	if k, ok := a.Schema.KeyOf(m.File); !ok || k.Day.Year() < 1 || m.Dataset != a.Schema.Name || m.Schema != a.Schema.Version {
		return fmt.Errorf("version %d of %s is not a partition of version %d of %s", m.Schema, m.Dataset, a.Schema.Version, a.Schema.Name)
	}
	if m.Rows < 0 || m.Rows/maxRowsByte > m.Bytes {
		return fmt.Errorf("its manifest says %d rows in %d bytes", m.Rows, m.Bytes)
	}
	t := Tally{Unit: m.Unit, seen: m.Seen, kept: m.Kept, rejected: m.Rejected}
	for _, n := range m.Rejected {
		if n < 0 || n > m.Seen {
			return fmt.Errorf("its manifest says that %d of %d were rejected for one reason", n, m.Seen)
		}
	}
	if err := t.check(); err != nil || m.Seen < 0 || m.Kept < 0 {
		return fmt.Errorf("the counts of its manifest do not add up: %d seen, %d kept", m.Seen, m.Kept)
	}
	return nil
}

// write writes the partition to an empty file and compares it with its manifest.
func (a *Adoption) write(to *os.File) error {
	in, err := os.Open(a.From)
	if err != nil {
		return err
	}
	defer in.Close()
	sum, copied := sha256.New(), io.Writer(to)
	if a.renames() {
		copied = io.Discard
	}
	size, err := io.Copy(io.MultiWriter(sum, copied), in)
	if err != nil {
		return err
	}
	if err := a.Manifest.Compare(hex.EncodeToString(sum.Sum(nil)), size); err != nil {
		return err
	}
	rows, err := a.rows(to)
	if err != nil {
		return fmt.Errorf("the partition cannot be read: %w", err)
	}
	if rows != a.Manifest.Rows {
		return fmt.Errorf("the partition has %d rows, but its manifest says %d", rows, a.Manifest.Rows)
	}
	return nil
}

// rows reads all rows and returns how many there are, or one more than the manifest says where there are more. Where the names of places change, it writes them.
func (a *Adoption) rows(to io.Writer) (rows int64, err error) {
	in, err := openParquet(PathOf(a.From), a.Schema, nil)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	var out *regrouper
	if a.renames() {
		groups, err := newParquetWriter(to, a.Schema.Columns, a.Schema.Arrow())
		if err != nil {
			return 0, err
		}
		out = newRegrouper(groups, a.Schema)
	}
	for {
		batch, n, err := in.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return rows, err
		}
		if rows += int64(n); rows > a.Manifest.Rows {
			return a.Manifest.Rows + 1, nil
		}
		if i := slices.IndexFunc(batch, func(column arrow.Array) bool { return !isUTF8(leaf(column)) }); i >= 0 {
			return rows, fmt.Errorf("column %s has text that is not UTF-8, which other readers refuse", a.Schema.Columns[i].Name)
		}
		if err := a.namePlaces(batch); err != nil {
			return rows, err
		}
		if out == nil {
			continue
		}
		if err := out.add(batch, n); err != nil {
			return rows, err
		}
	}
	if out == nil {
		return rows, nil
	}
	return rows, out.close()
}

// isUTF8 reports whether the texts of a column are UTF-8, if it has texts.
func isUTF8(column arrow.Array) bool {
	texts, is := column.(*array.String)
	for i := 0; is && i < texts.Len(); i++ {
		if !utf8.ValidString(texts.Value(i)) {
			return false
		}
	}
	return true
}

// namePlaces appends what the places are known by to their names in a batch, or is an error if they should have it and do not.
func (a *Adoption) namePlaces(batch []arrow.Array) error {
	for i, c := range a.Schema.Columns {
		if !c.Place || a.Known == "" {
			continue
		}
		names := batch[i].(*array.String)
		if a.renames() {
			batch[i] = knownPlaces(names, a.Known)
			continue
		}
		for row := range names.Len() {
			if place, _, _ := strings.Cut(names.Value(row), "/"); !strings.HasSuffix(place, "@"+a.Known) {
				return fmt.Errorf("column %s has the place %q (want it to end with @%s)", c.Name, place, a.Known)
			}
		}
	}
	return nil
}

// knownPlaces returns names of places with what they are known by.
func knownPlaces(names *array.String, known string) *array.String {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	for i := range names.Len() {
		b.Append(knownPlace(names.Value(i), known))
	}
	return b.NewStringArray()
}

// knownPlace returns the name of a place, or of a run there, with what it is known by appended to the place.
func knownPlace(name, known string) string {
	place, run, isRun := strings.Cut(name, "/")
	place += "@" + known
	if isRun {
		place += "/" + run
	}
	return place
}
