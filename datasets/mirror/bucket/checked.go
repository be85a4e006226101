package bucket

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
)

// Checked is content for Write that is checked at its end, before it becomes an object.
type Checked struct {
	in    io.Reader
	hash  hash.Hash
	n     int64
	check func(sum string, n int64) error
}

// NewChecked returns content that fails at its end if check does, which is given its SHA-256, in hex, and its length in bytes.
func NewChecked(in io.Reader, check func(sum string, n int64) error) *Checked {
	return &Checked{in: in, hash: sha256.New(), check: check}
}

func (c *Checked) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.hash.Write(p[:n])
	c.n += int64(n)
	if errors.Is(err, io.EOF) {
		if bad := c.check(hex.EncodeToString(c.hash.Sum(nil)), c.n); bad != nil {
			return n, bad
		}
	}
	return n, err
}
