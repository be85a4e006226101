package archive

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"sync"

	"tidemark/internal/tree"
)

// ErrDamaged says that the archive does not hold the bytes that a note describes: they were changed, or are missing.
var ErrDamaged = errors.New("damaged in the archive")

// ErrNotBrought says that storage did not give the bytes of a file that is not here, which says nothing about these bytes.
var ErrNotBrought = errors.New("not brought from storage")

// open opens a file of the archive by its ID or the path of its note. A symbolic link that leads out of the archive is an error.
func (a *Archive) open(name string) (*os.File, error) {
	f, err := tree.Open(a.Dir, name)
	if errors.Is(err, tree.ErrIrregular) {
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return f, err
}

// Check is what became of the bytes that were read of a file.
type Check struct {
	mu  sync.Mutex
	err error
}

// Checked returns the file with a check of all that is read of it: closing the content reads the bytes to their end and compares
// them with the note.
func (r Raw) Checked() (Raw, *Check) {
	r.check = &Check{}
	return r, r.check
}

// Err returns ErrDamaged unless what was read, and closed, is what the note says; ErrNotBrought if it could not be had.
func (c *Check) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// fail records an error of reading.
func (c *Check) fail(err error) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}

// hashed is the bytes of a file as they were received. That they are not those of the note is known at their end.
type hashed struct {
	io.ReadCloser
	raw  Raw
	hash hash.Hash
	read int64
	err  error // at the end; io.EOF: they are

	direct bool // they were compared already
}

func (r Raw) hashed(content io.ReadCloser) *hashed {
	return &hashed{ReadCloser: content, raw: r, hash: sha256.New()}
}

// Read returns an error in place of the end if the bytes were not those of the note.
func (h *hashed) Read(p []byte) (int, error) {
	if h.direct {
		return h.ReadCloser.Read(p)
	}
	if h.err != nil {
		return 0, h.err
	}
	n, err := h.ReadCloser.Read(p)
	h.hash.Write(p[:n])
	h.read += int64(n)
	if err == io.EOF || h.read > h.raw.Bytes {
		if sum := hex.EncodeToString(h.hash.Sum(nil)); h.read != h.raw.Bytes || sum != h.raw.SHA256 {
			err = fmt.Errorf("%s: %w: its bytes have SHA-256 %s, its note says %s", h.raw.ID(), ErrDamaged, sum, h.raw.SHA256)
			h.raw.check.fail(err)
		}
	} else if errors.Is(err, ErrDamaged) {
		h.raw.check.fail(err)
	}
	h.err = err
	return n, err
}

// Close reads what was left where the file is checked, unless it is stopped.
func (h *hashed) Close() error {
	if h.raw.check != nil && !h.direct {
		if _, err := io.Copy(io.Discard, stoppable{h, h.raw.Stop}); err != nil {
			h.raw.check.fail(err)
		}
	}
	return h.ReadCloser.Close()
}

// hashedFile is a file that may also be read in another order, as a zip is: then it is compared with its note before.
type hashedFile struct {
	*hashed
	file  *os.File
	whole sync.Once
}

// checkWhole reads the whole file, and from then on Read no longer does the comparing.
func (h *hashedFile) checkWhole() error {
	h.whole.Do(func() {
		all := h.raw.hashed(io.NopCloser(io.NewSectionReader(h.file, 0, h.raw.Bytes+1)))
		_, h.err = io.Copy(io.Discard, stoppable{all, h.raw.Stop})
		h.direct = h.err == nil
	})
	return h.err
}

// ReadAt is that of the file.
func (h *hashedFile) ReadAt(p []byte, at int64) (int, error) {
	if err := h.checkWhole(); err != nil {
		return 0, err
	}
	return h.file.ReadAt(p, at)
}

// Seek is that of the file.
func (h *hashedFile) Seek(offset int64, whence int) (int64, error) {
	if err := h.checkWhole(); err != nil {
		return 0, err
	}
	return h.file.Seek(offset, whence)
}

// Verify reads the bytes of a file and compares them with its note.
func (r Raw) Verify(ctx context.Context) error {
	content, err := r.OpenBytes()
	if err != nil {
		return err
	}
	defer content.Close()
	stop := context.AfterFunc(ctx, func() { content.Close() })
	defer stop()
	_, err = io.Copy(io.Discard, struct{ io.Reader }{content})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Here reports whether bytes of the file lie in the archive, whatever they are.
func (r Raw) Here() bool {
	_, err := os.Lstat(r.path)
	return err == nil
}

// SetAsideBytes moves the bytes of a file into the folder of what is damaged, where a text says why. Its note stays.
func (a *Archive) SetAsideBytes(id string, why error) error {
	return tree.SetAside(a.Dir, id, why, id)
}

// SetAside moves a file and its note into the folder of what is damaged, where a text says why. The archive then does not have it, and it
// is fetched again.
func (a *Archive) SetAside(id string, why error) error {
	return tree.SetAside(a.Dir, id, why, id+metaSuffix, id)
}
