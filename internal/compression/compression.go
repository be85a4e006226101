// Package compression inflates the formats that archives of raw data use: gzip (RFC 1952), bzip2, or none, recognized by
// the first bytes, not by the file name. All bytes before damage are delivered, and the error gives the compressed offset
// of the damage. In bzip2, whose blocks have check sums of their own, the bytes behind it are delivered too.
package compression

import (
	"bufio"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
)

// readSize is the number of bytes read from the source at a time.
const readSize = 256 << 10

// NewReader returns a reader of the inflated bytes of r. Inflating runs in goroutines of its own, ahead of the caller;
// Close stops them. It does not close r, which must not be read or closed before.
//
// An error names the format and the offset in the compressed stream, and follows all bytes before the damage. After a
// *Gap reading can go on behind it. A stream that inflates beyond DefaultLimit ends with a *Bomb.
func NewReader(r io.Reader) (io.ReadCloser, error) { return NewLimited(r, Limit{}) }

// NewLimited is NewReader with another limit; the zero Limit means DefaultLimit.
func NewLimited(r io.Reader, limit Limit) (io.ReadCloser, error) {
	if limit == (Limit{}) {
		limit = DefaultLimit()
	}
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

// Gap is the error in the place of a damaged block: bytes are missing there, and the stream goes on.
type Gap struct {
	Offset int64 // in the compressed stream
	Err    error
}

func (g *Gap) Error() string {
	return fmt.Sprintf("bzip2 stream breaks in the block at compressed offset %d: %v", g.Offset, g.Err)
}

func (g *Gap) Unwrap() error { return g.Err }

// Continues reports that reading can go on behind the error. Readers of records then look for the next record.
func (g *Gap) Continues() bool { return true }

// counter counts the bytes read from the source.
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
