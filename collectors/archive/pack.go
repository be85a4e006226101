package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"

	"tidemark/internal/atomicfile"
)

// Packed says how the bytes of a file lie on the disk: compressed with zstd (RFC 8878). Everything else in the note is about the bytes
// as they were received.
type Packed struct {
	Format string `json:"format"` // zstd
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

const packFormat = "zstd"

// minPacked is the size from which text is packed, in bytes: a smaller file takes a block of the disk either way.
const minPacked = 4 << 10

// Held returns the SHA-256 and the size of the bytes as they lie on the disk and in storage.
func (r Raw) Held() (sha256 string, bytes int64) {
	if r.Packed != nil {
		return r.Packed.SHA256, r.Packed.Bytes
	}
	return r.SHA256, r.Bytes
}

// isText reports whether a content that starts like this is text, which compresses well: UTF-8 without control characters.
func isText(start []byte) bool {
	for n := 0; n < utf8.UTFMax && !utf8.Valid(start); n++ { // the last character may be cut
		start = start[:max(len(start)-1, 0)]
	}
	return utf8.Valid(start) && !bytes.ContainsFunc(start, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' })
}

// packers spares a file of text the tables of its encoder, eight megabytes.
var packers = sync.Pool{New: func() any {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	if err != nil {
		panic(err) // the options are constants
	}
	return z
}}

// pack compresses a file of text into the folder of its place; packed is empty if the file is kept as it is.
func (r *Raw) pack(file string) (packed string, err error) {
	if r.Bytes < minPacked {
		return "", nil
	}
	in, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer in.Close()
	start := make([]byte, startBytes)
	if n, err := io.ReadFull(in, start); err != nil || !isText(start[:n]) {
		return "", err
	}
	if _, err := in.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	out, err := atomicfile.Create(filepath.Dir(r.path), "packing")
	if err != nil {
		return "", err
	}
	h := sha256.New()
	z := packers.Get().(*zstd.Encoder)
	z.Reset(io.MultiWriter(out, h))
	_, err = io.Copy(z, stoppable{in, r.Stop})
	err = errors.Join(err, z.Close(), out.Sync())
	z.Reset(nil)
	packers.Put(z)
	stat, statErr := out.Stat()
	if err = errors.Join(err, statErr, out.Close()); err != nil {
		os.Remove(out.Name())
		return "", fmt.Errorf("packing %s: %w", r.id, err)
	}
	r.Packed = &Packed{packFormat, hex.EncodeToString(h.Sum(nil)), stat.Size()}
	return out.Name(), nil
}

// unpacked is the content of a packed file. More bytes than the note has are an error.
type unpacked struct {
	*zstd.Decoder
	left int64
	raw  Raw
	file io.Closer
}

func (r Raw) unpack(file io.ReadCloser) (io.ReadCloser, error) {
	if r.Packed.Format != packFormat {
		file.Close()
		return nil, fmt.Errorf("%s: packed as %q, which this program cannot read", r.ID(), r.Packed.Format)
	}
	z, err := zstd.NewReader(file, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		file.Close()
		return nil, err
	}
	return &unpacked{z, r.Bytes, r, file}, nil
}

// Read reads the bytes as they were received.
func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.Decoder.Read(p)
	u.left -= int64(n)
	switch {
	case u.left < 0, err == io.EOF && u.left > 0:
		return 0, fmt.Errorf("%s: %w: the packed file does not hold the %d bytes that its note says", u.raw.ID(), ErrDamaged, u.raw.Bytes)
	case err != nil && err != io.EOF:
		return n, fmt.Errorf("%s: %w: the packed file: %w", u.raw.ID(), ErrDamaged, err)
	}
	return n, err
}

// Close closes decoder and file.
func (u *unpacked) Close() error {
	u.Decoder.Close()
	return u.file.Close()
}
