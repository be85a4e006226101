package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"tidemark/internal/atomicfile"
)

func (c *shared) cacheFile(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(c.Cache, hex.EncodeToString(sum[:12])+".json")
}

// Load reads what Store wrote under the key into a pointer, and reports whether there was anything that could be read.
func (c *shared) Load(key string, into any) bool {
	var b []byte
	if c.Cache == "" {
		c.mu.Lock()
		b = c.cached[key]
		c.mu.Unlock()
	} else {
		b, _ = atomicfile.Read(c.cacheFile(key)) // what cannot be read is requested again
	}
	return len(b) > 0 && json.Unmarshal(b, into) == nil
}

// Store writes a value to the cache, for later runs.
func (c *shared) Store(key string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if c.Cache == "" {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.cached[key] = b
		return nil
	}
	if err := os.MkdirAll(c.Cache, 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(c.Cache, ".tmp-*")
	if err != nil {
		return err
	}
	_, err = temp.Write(b)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), c.cacheFile(key))
	}
	if err != nil {
		os.Remove(temp.Name())
	}
	return err
}
