// Package compression inflates what archives of raw data are kept in: gzip (RFC 1952), bzip2, or nothing at all,
// recognised by the first bytes and not by a file name. What stands before a damaged place is always delivered, and
// the error says at which compressed offset the stream breaks. What stands behind is delivered too where blocks have
// check sums of their own, as those of bzip2 do.
package compression

import (
	"bufio"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
)

// readSize is how much is read from the source at a time.
const readSize = 256 << 10

// NewReader gives the inflated bytes of r. Inflating goes on in goroutines of its own, ahead of the caller; Close ends
// them and does not close r, which must not be read or closed before.
//
// An error names the format and the offset in the compressed stream; it comes after every byte that stands before the
// damage. A *Gap is not the end: reading goes on behind it. A stream that inflates beyond the limit Default ends with a
// *Bomb.
func NewReader(r io.Reader) (io.ReadCloser, error) { return NewLimited(r, Default) }

// NewLimited is NewReader with another limit.
func NewLimited(r io.Reader, limit Limit) (io.ReadCloser, error) {
	in := &counter{r: r}
	buffered := bufio.NewReaderSize(in, readSize)
	magic, err := buffered.Peek(4)
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("compressed stream cannot be read at offset %d: %w", len(magic), err)
	}
	switch {
	case len(magic) >= 2 && magic[0] == 0x1f && magic[1] == 0x8b:
		return readAhead(&bounded{r: &gzipReader{in: in, buffered: buffered}, in: in, limit: limit}), nil
	case isBzip2(magic):
		b := newBzip2Reader(buffered)
		return struct {
			io.Reader
			io.Closer
		}{&bounded{r: b, in: in, limit: limit}, b}, nil
	}
	return io.NopCloser(buffered), nil
}

// Gap is a damaged place in a stream whose blocks can be told apart: some bytes are missing here.
type Gap struct {
	Offset int64 // in the compressed stream
	Err    error
}

func (g *Gap) Error() string {
	return fmt.Sprintf("bzip2 stream breaks in the block at compressed offset %d: %v", g.Offset, g.Err)
}

func (g *Gap) Unwrap() error { return g.Err }

// Continues tells readers of records to look for the next one behind the gap.
func (g *Gap) Continues() bool { return true }

// counter counts what was read from the source.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// gzipReader adds the compressed offset to gzip's errors. gzip reads a bufio.Reader byte by byte and never beyond what
// it needs, so the offset is exact.
type gzipReader struct {
	in       *counter
	buffered *bufio.Reader
	members  *gzip.Reader
}

func (g *gzipReader) Read(p []byte) (n int, err error) {
	if g.members == nil {
		g.members, err = gzip.NewReader(g.buffered)
	}
	if err == nil {
		n, err = g.members.Read(p)
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("gzip stream breaks at compressed offset %d: %w", g.in.n.Load()-int64(g.buffered.Buffered()), err)
	}
	return n, err
}
