package table

import (
	"errors"
	"fmt"
	"io/fs"

	"tidemark/internal/tree"
)

// damage is an error if what info tells of a partition's file contradicts the number of bytes in its manifest.
func damage(file string, bytes int64, info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", file)
	case info.Size() != bytes:
		return fmt.Errorf("%s has %d bytes, but its manifest says %d", file, info.Size(), bytes)
	}
	return nil
}

// damaged tells OnDamage of a partition that does not count.
func (s *Store) damaged(file string, why error) error {
	if s.OnDamage == nil {
		if errors.Is(why, errManifest) {
			return fmt.Errorf("%w; remove it and run again", why)
		}
		return nil
	}
	return s.OnDamage(file, why)
}

// SetAside moves a partition and its manifest into the folder of what is damaged, where a text says why. The store then does not have
// it, and it is made again.
func (s *Store) SetAside(file string, why error) error {
	return tree.SetAside(s.Dir, file, why, manifestFile(file), file)
}

// Check reads a partition and compares it with its manifest.
func (s *Store) Check(m *Manifest) error {
	sum, size, err := s.Path(m).hash()
	if err != nil {
		return err
	}
	return m.Compare(sum, size)
}

// Compare returns an error unless the manifest is that of a partition of this SHA-256 and size.
func (m *Manifest) Compare(sum string, size int64) error {
	if size != m.Bytes || sum != m.SHA256 {
		return fmt.Errorf("%s has %d bytes with SHA-256 %s, but its manifest says %d and %s", m.File, size, sum, m.Bytes, m.SHA256)
	}
	return nil
}
