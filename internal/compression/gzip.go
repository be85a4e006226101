package compression

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// gzipReader adds the compressed offset to gzip's errors. gzip reads a bufio.Reader byte by byte and never beyond what
// it needs, so the offset is exact.
type gzipReader struct {
	in       *counter
	buffered *bufio.Reader
	members  *gzip.Reader
}

func newGzipReader(in *counter) (io.ReadCloser, error) {
	return io.NopCloser(&gzipReader{in: in, buffered: bufio.NewReaderSize(in, readSize)}), nil
}

func (g *gzipReader) Read(p []byte) (n int, err error) {
	if g.members == nil {
		err = g.start()
	}
	if err == nil {
		n, err = g.members.Read(p)
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("gzip stream breaks at compressed offset %d: %w", g.in.n.Load()-int64(g.buffered.Buffered()), err)
	}
	return n, err
}

// Flags of a gzip header (RFC 1952 section 2.3.1).
const (
	gzipHeaderCRC = 1 << 1
	gzipExtra     = 1 << 2
	gzipName      = 1 << 3
	gzipComment   = 1 << 4
)

// maxComment is the longest name or comment accepted, in bytes. signify -z puts a hash of each 64 kB into the comment: 1 MB for a file of 1 GB.
const maxComment = 16 << 20

// start reads the header of the first member. The gzip package refuses names and comments of more than 511 bytes, such as the signatures
// in RPKIviews' archives, so these are skipped, and the package is given the header without them. A header with a checksum is left as it is.
func (g *gzipReader) start() (err error) {
	var in flateReader = g.buffered
	const fixed = 10
	header, err := g.buffered.Peek(fixed)
	if err == nil && header[3]&gzipComment != 0 && header[3]&(gzipHeaderCRC|gzipExtra) == 0 {
		header = bytes.Clone(header)
		g.buffered.Discard(fixed)
		if header[3]&gzipName != 0 {
			err = g.skipText()
		}
		if err == nil {
			err = g.skipText()
		}
		if err != nil {
			return err
		}
		header[3] = 0
		in = &behindHeader{header, g.buffered}
	}
	g.members, err = gzip.NewReader(in)
	return err
}

// skipText skips a text up to the zero that ends it.
func (g *gzipReader) skipText() error {
	for range maxComment {
		b, err := g.buffered.ReadByte()
		switch {
		case err == io.EOF:
			return io.ErrUnexpectedEOF
		case err != nil || b == 0:
			return err
		}
	}
	return fmt.Errorf("the name or comment in the gzip header is over %d bytes", maxComment)
}

// flateReader is what gzip reads without reading ahead.
type flateReader interface {
	io.Reader
	io.ByteReader
}

// behindHeader reads a header, and then the rest of a member.
type behindHeader struct {
	header []byte
	rest   *bufio.Reader
}

func (b *behindHeader) Read(p []byte) (int, error) {
	if len(b.header) > 0 {
		n := copy(p, b.header)
		b.header = b.header[n:]
		return n, nil
	}
	return b.rest.Read(p)
}

func (b *behindHeader) ReadByte() (byte, error) {
	if len(b.header) > 0 {
		first := b.header[0]
		b.header = b.header[1:]
		return first, nil
	}
	return b.rest.ReadByte()
}
