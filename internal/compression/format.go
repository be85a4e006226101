package compression

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
)

// format is a format that content may be wrapped in. One with neither inflate nor member is known but not read.
type format struct {
	name    string
	suffix  string // of the names of such files
	is      func(start []byte) bool
	inflate func(*counter) (io.ReadCloser, error)
	ahead   bool                // inflating needs a goroutine to run ahead in
	member  func(*layers) error // puts the content of a file in it on top
}

// formats are told apart by more than the first four bytes where these may be the time of an MRT record.
var formats = []format{
	{name: "gzip", suffix: ".gz", is: startsWith("\x1f\x8b"), inflate: newGzipReader, ahead: true},
	{name: "bzip2", suffix: ".bz2", is: isBzip2, inflate: func(in *counter) (io.ReadCloser, error) { return newBzip2Reader(in), nil }},
	{name: "xz", suffix: ".xz", is: startsWith("\xfd7zXZ\x00"), inflate: newXZReader, ahead: true},
	{name: "zstd", suffix: ".zst", is: startsWith("\x28\xb5\x2f\xfd"), inflate: newZstdReader, ahead: true},
	{name: "zip", suffix: ".zip", is: isZip, member: (*layers).zipMember},
	{name: "tar", suffix: ".tar", is: func(b []byte) bool { return len(b) > 262 && string(b[257:262]) == "ustar" }, member: (*layers).tarMember},
	{name: "an empty zip", is: startsWith("PK\x05\x06")},
	{name: "lz4", is: startsWith("\x04\x22\x4d\x18")},
	{name: "lzip", is: startsWith("LZIP\x01")},
	{name: "lzma", is: func(b []byte) bool {
		return bytes.HasPrefix(b, []byte{0x5d, 0, 0}) && len(b) > 13 && bytes.Equal(b[5:13], bytes.Repeat([]byte{0xff}, 8))
	}},
	{name: "compress (.Z)", is: startsWith("\x1f\x9d")},
	{name: "7z", is: startsWith("7z\xbc\xaf\x27\x1c")},
	{name: "RAR", is: startsWith("Rar!\x1a\x07")},
	{name: "snappy", is: startsWith("\xff\x06\x00\x00sNaPpY")},
}

func startsWith(magic string) func([]byte) bool {
	return func(start []byte) bool { return bytes.HasPrefix(start, []byte(magic)) }
}

// isZip reports whether a zip starts so. The version that is needed to read it, below 256, is where an MRT record has its type.
func isZip(start []byte) bool {
	return bytes.HasPrefix(start, []byte("PK\x03\x04")) && len(start) > 5 && start[4] != 0 && start[5] == 0
}

// formatOf returns the format of content that starts so; the zero value if it is none.
func formatOf(start []byte) format {
	for _, f := range formats {
		if f.is(start) {
			return f
		}
	}
	return format{}
}

// Contradiction returns what the name of a file says of its format if content that starts so is in another; empty if not.
func Contradiction(name string, start []byte) string {
	for _, f := range formats {
		if f.suffix != "" && f.suffix != ".tar" && strings.HasSuffix(name, f.suffix) && formatOf(start).name != f.name {
			return f.name
		}
	}
	return ""
}

// maxWindow is the largest window of zstd and the largest dictionary of xz that are held in memory: those of zstd --long and
// of xz -9.
const maxWindow = 128 << 20

func newXZReader(in *counter) (io.ReadCloser, error) {
	r, err := xz.NewReader(in, maxWindow)
	return io.NopCloser(&located{r, "xz", in}), err
}

func newZstdReader(in *counter) (io.ReadCloser, error) {
	d, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	r := d.IOReadCloser()
	return struct {
		io.Reader
		io.Closer
	}{&located{r, "zstd", in}, r}, nil
}

// located adds to errors how far the compressed stream was read.
type located struct {
	r    io.Reader
	name string
	in   *counter
}

func (l *located) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%s stream breaks before compressed offset %d: %w", l.name, l.in.n.Load(), err)
	}
	return n, err
}

// Check reads r, a file during its transfer, to its end, and reports where the stream is damaged or cut off. The inflated content
// is passed to look, if that is not nil; files in a zip or tar, compressed or not, are not looked into.
func Check(r io.Reader, limit Limit, look func(io.Reader) error) error {
	s := &layers{in: &counter{r: r}, Options: Options{Limit: limit}}
	defer s.Close()
	start, whole := startOf(s.in)
	s.top = whole
	switch f := formatOf(start); {
	case f.inflate != nil:
		if err := s.inflate(f); err != nil {
			return err
		}
	case f.name == "zip":
		return checkZip(whole)
	case f.member == nil && f.name != "":
		return &Unread{f.name}
	}
	start, whole = startOf(s.top)
	s.top = whole
	if formatOf(start).name != "tar" {
		limit.Tar = 0
		s.top = &bounded{r: whole, in: s.in, limit: limit}
	}
	if look != nil && formatOf(start).member == nil {
		if err := look(s.top); err != nil {
			return err
		}
	}
	_, err := io.Copy(io.Discard, s.top)
	return err
}
