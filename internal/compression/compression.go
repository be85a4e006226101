// Package compression inflates the formats that archives of raw data use: gzip (RFC 1952), bzip2, xz, zstd (RFC 8878), or
// none, and takes a file out of a zip or tar. Formats are recognized by the first bytes, not by the file name, and one that is
// known but not read is an error. All bytes before damage are delivered, and the error gives the compressed offset of the
// damage. In bzip2, whose blocks have check sums of their own, the bytes behind it are delivered too.
package compression

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// readSize is the number of bytes read from the source at a time.
const readSize = 256 << 10

// Options say how a file is read.
type Options struct {
	Limit  Limit  // the zero value means DefaultLimit
	Member string // the file wanted of a zip or tar, by its path or the end of it; empty: its only one
}

// NewReader is Open without options.
func NewReader(r io.Reader) (io.ReadCloser, error) { return Open(r, Options{}) }

// Open returns a reader of the content of r, which may be compressed; or a zip or tar, itself compressed or not, of a file
// that may be compressed. What is nested deeper is an error. Inflating runs in goroutines of its own, ahead of the caller;
// Close stops them. It does not close r, which must not be read or closed before. A zip, and a tar whose file is not
// named, are read from a file at its beginning, that is an io.ReaderAt and io.Seeker.
//
// An error names the format and the offset in the compressed stream, and follows all bytes before the damage. After a
// *Gap reading can go on behind it. A stream that inflates beyond the limit ends with a *Bomb.
func Open(r io.Reader, o Options) (io.ReadCloser, error) {
	if o.Limit == (Limit{}) {
		o.Limit = DefaultLimit()
	}
	s := &layers{source: r, in: &counter{r: r}, Options: o}
	s.top = s.in
	err := s.unwrap()
	if err == nil {
		return s, nil
	}
	s.Close()
	only, is := err.(*onlyMember)
	if !is {
		return nil, err
	}
	whole, is := r.(io.Seeker)
	if !is {
		return nil, errors.New("this is a tar, which can be read from a file only")
	}
	if _, err := whole.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("this is a tar, which can be read from a file only: %w", err)
	}
	o.Member = only.name
	return Open(r, o)
}

// layers are what content is wrapped in, from the file on.
type layers struct {
	Options
	source  io.Reader
	in      *counter // of source
	top     io.Reader
	closers []func() error
}

func (s *layers) Read(p []byte) (int, error) { return s.top.Read(p) }

// Close stops the layers, the innermost first: each reads from the one below it.
func (s *layers) Close() (err error) {
	for i := len(s.closers) - 1; i >= 0; i-- {
		if e := s.closers[i](); err == nil {
			err = e
		}
	}
	s.closers = nil
	return err
}

// unwrap puts readers on top until there is plain content.
func (s *layers) unwrap() error {
	within, inflated, contained := "", false, false
	for {
		start, whole := startOf(s.top)
		if within == "" && len(start) == 0 && whole.err != io.EOF {
			return fmt.Errorf("the stream cannot be read at offset 0: %w", whole.err)
		}
		s.top = whole
		f := formatOf(start)
		switch {
		case f.name == "":
			s.top = bufio.NewReaderSize(s.top, readSize)
			return nil
		case f.inflate != nil && !inflated:
			if err := s.inflate(f); err != nil {
				return err
			}
			inflated = true
		case f.member != nil && !contained:
			if err := f.member(s); err != nil {
				return err
			}
			inflated, contained = false, true
		case within != "":
			return &Unread{f.name + " within " + within}
		default:
			return &Unread{f.name}
		}
		within = f.name
	}
}

// inflate puts the inflated bytes of the top on it.
func (s *layers) inflate(f format) error {
	in := &counter{r: s.top}
	r, err := f.inflate(in)
	if err != nil {
		return fmt.Errorf("this is %s that cannot be read: %w", f.name, err)
	}
	s.closers = append(s.closers, r.Close)
	s.push(r, f.ahead)
	return nil
}

// push puts a reader on top, which is held to the limit.
func (s *layers) push(r io.Reader, ahead bool) {
	s.top = &bounded{r: r, in: s.in, limit: s.Limit}
	if ahead {
		a := readAhead(s.top)
		s.closers = append(s.closers, a.Close)
		s.top = a
	}
}

// startBytes is how many bytes tell a format: a tar names itself behind 257.
const startBytes = 512

// startOf returns the first bytes of r, and a reader of all of it. What r reports meanwhile is reported behind these bytes.
func startOf(r io.Reader) ([]byte, *started) {
	s := &started{r: r}
	for len(s.start) < startBytes && s.err == nil {
		b := make([]byte, startBytes-len(s.start))
		n, err := r.Read(b)
		s.start, s.err = append(s.start, b[:n]...), err
	}
	return s.start, s
}

// started is a reader of which the first bytes were read before.
type started struct {
	start []byte
	err   error // behind start
	r     io.Reader
}

func (s *started) Read(p []byte) (int, error) {
	if len(s.start) > 0 {
		n := copy(p, s.start)
		s.start = s.start[n:]
		return n, nil
	}
	if err := s.err; err != nil {
		s.err = nil
		return 0, err
	}
	return s.r.Read(p)
}

// Unread is the error of content in a format that is known but not read, or nested too deep.
type Unread struct{ Format string }

func (u *Unread) Error() string {
	return fmt.Sprintf("this is %s, which is not read; unpack it first", u.Format)
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
