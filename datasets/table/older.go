package table

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Versions are the versions of a dataset that the store has partitions of, other than that of the schema, in order.
func (s *Store) Versions(of *Schema) (others []int, err error) {
	entries, err := os.ReadDir(filepath.Join(s.Dir, of.Name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range entries {
		if n, err := strconv.Atoi(strings.TrimPrefix(e.Name(), "v")); err == nil && e.IsDir() && n != of.Version {
			others = append(others, n)
		}
	}
	slices.Sort(others)
	return others, err
}

// Prune removes folders of the store that hold nothing any more.
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
		os.Remove(folder) // fails where something is in it
	}
	return err
}
