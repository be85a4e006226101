package site

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"tidemark/internal/atomicfile"
)

// cache keeps drawings by the hash of what they are drawn from, so that a rendering draws only what changed. Without a
// folder it keeps nothing.
type cache struct {
	dir  string
	mu   sync.Mutex
	used map[string]bool
}

// get is what stands under the name, or what produce makes.
func (c *cache) get(name string, produce func() ([]byte, error)) ([]byte, error) {
	if c.dir == "" {
		return produce()
	}
	c.mu.Lock()
	c.used[name] = true
	c.mu.Unlock()
	path := filepath.Join(c.dir, name)
	if content, err := os.ReadFile(path); err == nil && len(content) > 0 {
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

// sweep removes what this rendering did not use.
func (c *cache) sweep() error {
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
