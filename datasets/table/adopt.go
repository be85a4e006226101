package table

import (
	"fmt"
	"os"
	"path/filepath"
)

// Adopt makes a file that was made elsewhere the partition that the manifest describes. The file lies in the file system of the store,
// and is moved. It is an error if the schema has no such partition, or if the file has not the size and SHA-256 that the manifest states.
func (s *Store) Adopt(schema *Schema, m *Manifest, file string) error {
	if _, ok := schema.KeyOf(m.File); !ok || m.Dataset != schema.Name {
		return fmt.Errorf("%q is not a partition of %s, version %d", m.File, schema.Name, schema.Version)
	}
	if err := m.check(m.File); err != nil {
		return fmt.Errorf("%s: %w", m.File, err)
	}
	sum, size, err := hashFile(file)
	if err != nil {
		return err
	}
	if err := m.Compare(sum, size); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.Path(m)), 0o755); err != nil {
		return err
	}
	p := &publication{store: s, manifests: []*Manifest{m}, temps: []string{file}}
	for _, step := range p.steps() {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
