package table

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"tidemark/internal/atomicfile"
	"tidemark/internal/redact"
)

// damagedDir is the folder of the store for what is not as its manifest says. Its dot hides it from readers of hive folders.
const damagedDir = ".damaged"

// damage is an error if what info tells of a partition's file contradicts the manifest.
func (m *Manifest) damage(info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", m.File)
	case info.Size() != m.Bytes:
		return fmt.Errorf("%s has %d bytes, but its manifest says %d", m.File, info.Size(), m.Bytes)
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

// makeFolder makes a folder of the store. It is an error if a symbolic link on the way leads out of the store.
func (s *Store) makeFolder(name string) error {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return root.MkdirAll(filepath.FromSlash(name), 0o755)
}

// SetAside moves a partition and its manifest into the folder of what is damaged, where a text says why. The store then does not have
// it, and it is made again.
func (s *Store) SetAside(file string, why error) error {
	if err := s.makeFolder(path.Join(damagedDir, path.Dir(file))); err != nil {
		return err
	}
	root, err := os.OpenRoot(s.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range []string{manifestFile(file), file} {
		name = filepath.FromSlash(name)
		if err := root.Rename(name, filepath.Join(damagedDir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return atomicfile.WriteUnsynced(filepath.Join(s.Dir, damagedDir, filepath.FromSlash(file)+".reason.txt"), []byte(redact.Text(why.Error())+"\n"))
}

// Check reads a partition and compares it with its manifest.
func (s *Store) Check(m *Manifest) error {
	sum, size, err := hashFile(s.Path(m))
	switch {
	case err != nil:
		return err
	case size != m.Bytes || sum != m.SHA256:
		return fmt.Errorf("%s has %d bytes with SHA-256 %s, but its manifest says %d and %s", m.File, size, sum, m.Bytes, m.SHA256)
	}
	return nil
}
