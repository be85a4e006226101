package publish

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"tidemark/internal/atomicfile"
)

// Cache keeps files between renderings under the hash of what they are made from, so that a rendering makes only those
// that changed.
type Cache struct {
	dir  string
	mu   sync.Mutex
	used map[string]bool
}

// NewCache returns the cache in a folder; without one, where dir is empty, it keeps nothing.
func NewCache(dir string) *Cache { return &Cache{dir: dir, used: map[string]bool{}} }

// Get returns the file of that name; where the cache does not have it, it is produced.
func (c *Cache) Get(name string, produce func() ([]byte, error)) ([]byte, error) {
	if c.dir == "" {
		return produce()
	}
	c.Use(name)
	path := filepath.Join(c.dir, name)
	if content, err := atomicfile.Read(path); err == nil && len(content) > 0 {
		return content, nil
	}
	content, err := produce()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return nil, err
	}
	return content, atomicfile.Write(path, content)
}

// Use keeps a file for the next rendering that this one has no need of.
func (c *Cache) Use(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used[name] = true
}

// Sweep removes the files that this rendering did not use.
func (c *Cache) Sweep() error {
	if c.dir == "" {
		return nil
	}
	entries, err := os.ReadDir(c.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !c.used[e.Name()] {
			if err := os.Remove(filepath.Join(c.dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
