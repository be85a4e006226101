package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

func (c *Client) place(key string) string {
	sum := sha256.Sum256([]byte(key))
	return filepath.Join(c.Cache, hex.EncodeToString(sum[:12])+".json")
}

// Kept reads what Keep wrote under the key, and tells whether there was something that could be read.
func (c *Client) Kept(key string, into any) bool {
	var b []byte
	if c.Cache == "" {
		c.mu.Lock()
		b = c.kept[key]
		c.mu.Unlock()
	} else {
		b, _ = os.ReadFile(c.place(key)) // what cannot be read is asked for again
	}
	return len(b) > 0 && json.Unmarshal(b, into) == nil
}

// Keep keeps a value for later runs.
func (c *Client) Keep(key string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if c.Cache == "" {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.kept[key] = b
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
		err = os.Rename(temp.Name(), c.place(key))
	}
	if err != nil {
		os.Remove(temp.Name())
	}
	return err
}
