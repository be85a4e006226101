package compression

import (
	"fmt"
	"io"

	"tidemark/internal/compression/gzip"
)

// gzipReader adds the compressed offset to gzip's errors.
type gzipReader struct{ *gzip.Reader }

func newGzipReader(in *counter) (io.ReadCloser, error) {
	return io.NopCloser(gzipReader{gzip.NewReader(in)}), nil
}

func (g gzipReader) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("gzip stream breaks at compressed offset %d: %w", g.Offset(), err)
	}
	return n, err
}
