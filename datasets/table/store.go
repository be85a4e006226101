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
	"tidemark/internal/tree"
)

// Store is the folder of all datasets. Its methods may be called concurrently.
type Store struct {
	Dir     string       // for example data/datasets
	Program string       // version of the program that writes, for the manifests
	Log     *slog.Logger // nil: nothing is logged
	// OnDamage is told of a partition that does not count: its manifest cannot be read, or its file is not the one that the
	// manifest describes. Its error is returned to who asked; nil: a manifest's error is.
	OnDamage func(file string, err error) error
	// Reproducible refuses a commit if the store has a partition of it, of the same inputs and by the same program, with other bytes.
	Reproducible bool
	// Elsewhere has partitions besides those in the folder; nil: there are none. It needs a catalogue, see LoadCatalogue.
	Elsewhere Elsewhere
	// OnCommit is told of each commit that was written; nil: nobody is. Its error is that of the commit.
	OnCommit func(made, replaced []*Manifest) error

	catalogue catalogue
}

// Manifests returns the committed partitions of a dataset, oldest day first, then by name. A file counts as absent unless
// every sibling of the same commit is there.
func (s *Store) Manifests(schema *Schema) ([]*Manifest, error) { return s.ManifestFields(schema) }

// ManifestFields is Manifests with the fields of some columns of the index only, for example "rows", besides the paths of the partition and
// those committed with it. The others may be zero. Of many partitions that takes a fraction of the time and memory. If no column is named,
// it is all of them.
func (s *Store) ManifestFields(schema *Schema, columns ...string) (all []*Manifest, err error) {
	err = s.EachManifest(schema, columns, func(m *Manifest) { all = append(all, m) })
	return all, err
}

// EachManifest calls found with each of what ManifestFields returns. As long as found keeps none of them, those of a year are in memory at a
// time. It must not ask the store for anything.
func (s *Store) EachManifest(schema *Schema, columns []string, found func(*Manifest)) error {
	folder := schema.folder()
	if ok, err := s.catalogue.each(s, folder, columns, found); ok || err != nil {
		return err
	}
	all, err := s.readManifests(folder)
	if err != nil {
		return err
	}
	for _, m := range all {
		if s.complete(m) {
			found(m)
		}
	}
	return nil
}

// readManifests reads the manifests in a folder of the store, in the order of their files.
func (s *Store) readManifests(folder string) (all []*Manifest, err error) {
	err = s.listPartitions(folder, func(file string, _, partition fs.DirEntry) error {
		m, err := s.readManifest(file)
		if err == nil {
			var info fs.FileInfo
			if info, err = partition.Info(); err == nil {
				if bad := damage(m.File, m.Bytes, info); bad != nil {
					return s.damaged(file, bad)
				}
			}
		}
		switch {
		case errors.Is(err, fs.ErrNotExist): // removed since the folder was listed
			return nil
		case errors.Is(err, errManifest):
			return s.damaged(file, err)
		case err == nil:
			all = append(all, m)
		}
		return err
	})
	slices.SortFunc(all, compareManifests)
	return all, err
}

func compareManifests(a, b *Manifest) int { return strings.Compare(a.File, b.File) }

// Manifest returns the manifest of one partition; nil without error where there is none.
func (s *Store) Manifest(schema *Schema, k Key) (*Manifest, error) { return s.At(schema.File(k)) }

// At returns the manifest of the partition with that path in the store; nil without error where there is none.
func (s *Store) At(file string) (*Manifest, error) {
	if m, ok, err := s.catalogue.at(s, file); ok || err != nil {
		return m, err
	}
	m, err := s.readManifest(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) || err == nil && !s.complete(m):
		return nil, nil
	case errors.Is(err, errManifest):
		return nil, s.damaged(file, err)
	case err != nil:
		return nil, err
	}
	info, err := os.Lstat(s.path(file))
	if err != nil {
		return nil, err
	}
	if bad := damage(m.File, m.Bytes, info); bad != nil {
		return nil, s.damaged(file, bad)
	}
	return m, nil
}

// complete reports whether the partition and every sibling of its commit are there or elsewhere, each with its manifest.
func (s *Store) complete(m *Manifest) bool {
	for _, file := range append([]string{m.File}, m.Together...) {
		path := s.path(file)
		for _, p := range []string{path, manifestFile(path)} {
			if _, err := os.Lstat(p); err != nil && !s.isAway(file) {
				return false
			}
		}
	}
	return true
}

// nameOf returns the path in the store, with slashes, of the partition whose manifest, or whose file, is at that path.
func (s *Store) nameOf(file string) string {
	if of := FileOfManifest(file); of != "" {
		file = of
	}
	rel, err := filepath.Rel(s.Dir, file)
	if err != nil {
		return file
	}
	return filepath.ToSlash(rel)
}

// Remove removes a partition, its manifest first.
func (s *Store) Remove(m *Manifest) error {
	s.catalogue.remove(m.File)
	return s.removeFiles(m.File)
}

// removeFiles removes the files of a partition, its manifest first.
func (s *Store) removeFiles(file string) error {
	path := s.path(file)
	if err := os.Remove(manifestFile(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	err := os.Remove(path)
	if s.Elsewhere != nil && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// removeManifest removes the manifest of a partition that is about to be written over.
func (s *Store) removeManifest(file string) error {
	s.catalogue.mu.Lock()
	if s.catalogue.found.find(file) != nil {
		s.catalogue.drop(file)
	}
	s.catalogue.mu.Unlock()
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
		case d.IsDir() && d.Name() == tree.DamagedDir:
			return filepath.SkipDir
		case d.IsDir():
			return nil
		case strings.HasPrefix(d.Name(), atomicfile.TempPrefix):
			return os.Remove(path)
		case strings.HasSuffix(d.Name(), ".parquet"):
			m, err := s.readManifest(s.nameOf(path))
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return os.Remove(path)
			case errors.Is(err, errManifest):
				return s.damaged(s.nameOf(path), err)
			case err != nil:
				return err
			case !s.complete(m):
				return s.Remove(m)
			}
		case isManifest(d.Name()):
			if m, err := s.readManifest(s.nameOf(path)); err == nil && !s.complete(m) {
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
