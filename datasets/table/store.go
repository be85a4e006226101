package table

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tidemark/internal/atomicfile"
)

// Store is the folder of all datasets. Its methods may be called concurrently.
type Store struct {
	Dir     string       // for example data/datasets
	Program string       // version of the program that writes, for the manifests
	Log     *slog.Logger // nil: nothing is logged

	catalogue catalogue
}

// Path returns the partition's path in the file system.
func (s *Store) Path(m *Manifest) string { return s.path(m.File) }

// Manifests returns the committed partitions of a dataset, oldest day first, then by name. A file counts as absent unless
// every sibling of the same commit is there.
func (s *Store) Manifests(schema *Schema) ([]*Manifest, error) {
	folder := schema.folder()
	if all, ok, err := s.catalogue.manifests(s, folder); ok || err != nil {
		return all, err
	}
	all, err := s.readManifests(folder)
	return slices.DeleteFunc(all, func(m *Manifest) bool { return !s.whole(m) }), err
}

// readManifests reads the manifests in a folder of the store, in the order of their files.
func (s *Store) readManifests(folder string) (all []*Manifest, err error) {
	err = listPartitions(s.path(folder), func(path string, _ fs.DirEntry) error {
		m, err := readManifest(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // removed since the folder was listed
		}
		if err == nil {
			all = append(all, m)
		}
		return err
	})
	slices.SortFunc(all, func(a, b *Manifest) int { return strings.Compare(a.File, b.File) })
	return all, err
}

// Manifest returns the manifest of one partition; nil without error where there is none.
func (s *Store) Manifest(schema *Schema, k Key) (*Manifest, error) {
	file := schema.File(k)
	if m, ok, err := s.catalogue.manifest(s, file); ok || err != nil {
		return m, err
	}
	m, err := readManifest(manifestFile(s.path(file)))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !s.whole(m) {
		return nil, nil
	}
	return m, err
}

// whole reports whether the partition and every sibling of its commit are there, each with its manifest.
func (s *Store) whole(m *Manifest) bool {
	for _, file := range append([]string{m.File}, m.Together...) {
		path := s.path(file)
		for _, p := range []string{path, manifestFile(path)} {
			if _, err := os.Stat(p); err != nil {
				return false
			}
		}
	}
	return true
}

// Remove removes a partition, its manifest first.
func (s *Store) Remove(m *Manifest) error {
	if err := s.removeManifest(m.File); err != nil {
		return err
	}
	return os.Remove(s.Path(m))
}

func (s *Store) removeManifest(file string) error {
	s.catalogue.remove(file)
	if err := os.Remove(manifestFile(s.path(file))); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Sweep removes the leftovers of a run that was killed: temporary files, partitions that were not wholly committed, and
// those that a whole commit replaced.
func (s *Store) Sweep() error {
	defer s.Refresh()
	if err := s.finishReplacements(); err != nil {
		return err
	}
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
			if errors.Is(err, fs.ErrNotExist) {
				return os.Remove(path)
			}
			if err != nil {
				return err
			}
			if !s.whole(m) {
				return s.Remove(m)
			}
		case isManifest(d.Name()):
			if m, err := readManifest(path); err == nil && !s.whole(m) {
				return os.Remove(path)
			}
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Versions returns the versions of a dataset, other than the schema's, that the store has partitions of, in order.
func (s *Store) Versions(schema *Schema) (others []int, err error) {
	entries, err := os.ReadDir(filepath.Join(s.Dir, schema.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if n, err := strconv.Atoi(strings.TrimPrefix(e.Name(), "v")); err == nil && e.IsDir() && n != schema.Version {
			others = append(others, n)
		}
	}
	slices.Sort(others)
	return others, err
}

// Prune removes the empty folders of the store.
func (s *Store) Prune() error {
	var folders []string
	err := filepath.WalkDir(s.Dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != s.Dir {
			folders = append(folders, path)
		}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, folder := range slices.Backward(folders) { // the innermost come last
		os.Remove(folder) // fails unless it is empty
	}
	return err
}
