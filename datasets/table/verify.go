package table

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"tidemark/internal/atomicfile"
	"tidemark/internal/tree"
)

// Difference is one deviation of the store from its manifests.
type Difference struct {
	File string // path in the store, with slashes
	What string
}

func (d Difference) String() string { return d.File + ": " + d.What }

// Verify reads every file of the store again and compares it with its manifest. It returns how many partitions are
// intact, and the differences in the order of the files. What is elsewhere is brought for it.
func (s *Store) Verify(known []*Schema) (intact int, found []Difference, err error) {
	schemas := map[string]*Schema{}
	for _, schema := range known {
		schemas[schema.Name], schemas[schema.Compacted().Name] = schema, schema
	}
	err = filepath.WalkDir(s.Dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == tree.DamagedDir {
			return filepath.SkipDir
		}
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(s.Dir, path)
		if err != nil {
			return err
		}
		at := filepath.ToSlash(rel)
		var wrong []string
		switch name := d.Name(); {
		case strings.HasPrefix(name, atomicfile.TempPrefix):
			wrong = []string{"was left by a run that was killed; the next run removes it"}
		case strings.HasSuffix(name, ".parquet"):
			if _, err := os.Stat(manifestFile(path)); errors.Is(err, fs.ErrNotExist) {
				wrong = []string{"has no manifest, so nothing reads it"}
			}
		case strings.HasPrefix(name, "_") && strings.HasSuffix(name, ".json"):
			wrong = s.verify(at, schemas)
			if len(wrong) == 0 {
				intact++
			}
		default:
			wrong = []string{"does not belong here"}
		}
		for _, what := range wrong {
			found = append(found, Difference{File: at, What: what})
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	var away []*Manifest
	if s.Elsewhere != nil && err == nil {
		away, err = s.All(func(_ string, away bool) bool { return away })
	}
	for _, m := range away {
		wrong := s.verifyPartition(m, schemas)
		if len(wrong) == 0 {
			intact++
		}
		for _, what := range wrong {
			found = append(found, Difference{File: m.File, What: what})
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].String() < found[j].String() })
	return intact, found, err
}

func (s *Store) verify(at string, schemas map[string]*Schema) (wrong []string) {
	m, err := s.readManifest(FileOfManifest(at))
	if err != nil {
		return []string{err.Error()}
	}
	return s.verifyPartition(m, schemas)
}

func (s *Store) verifyPartition(m *Manifest, schemas map[string]*Schema) (wrong []string) {
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if stat, err := os.Lstat(s.path(m.File)); err == nil && !stat.Mode().IsRegular() {
		say("its partition %s is not a regular file", m.File)
		return wrong
	}
	schema := schemas[m.Dataset]
	if schema == nil || m.Schema > schema.Version {
		say("belongs to version %[2]d of dataset %[1]s, which this program does not know", m.Dataset, m.Schema)
		return wrong
	}
	sum, size, err := s.Path(m).hash()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		say("its partition %s is missing", m.File)
		return wrong
	case err != nil:
		say("%v", err)
		return wrong
	case size != m.Bytes:
		say("the partition has %d bytes, but its manifest says %d", size, m.Bytes)
	case sum != m.SHA256:
		say("the partition has SHA-256 %s, but its manifest says %s", sum, m.SHA256)
	}
	for _, sibling := range m.Together {
		if _, err := os.Stat(manifestFile(s.path(sibling))); err != nil && !s.isAway(sibling) {
			say("%s, committed together with it, is missing", sibling)
		}
	}
	kept := m.Kept
	for _, n := range m.Rejected {
		kept += n
	}
	if kept != m.Seen {
		say("%d × %s seen, but %d kept and rejected", m.Seen, m.Unit, kept)
	}
	if m.Schema < schema.Version { // its raw file was removed; this program does not know the columns of older versions
		return wrong
	}
	rows, err := readAll(s.Path(m), schema)
	switch {
	case err != nil:
		say("the partition cannot be read: %v", err)
	case rows != m.Rows:
		say("the partition has %d rows, but its manifest says %d", rows, m.Rows)
	}
	return wrong
}

// readAll decodes every value of a partition.
func readAll(path Path, schema *Schema) (rows int64, err error) {
	in, err := openParquet(path, schema, nil)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	for {
		_, n, err := in.next()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		rows += int64(n)
	}
}
