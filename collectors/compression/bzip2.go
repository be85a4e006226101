package compression

import (
	"bufio"
	"compress/bzip2"
	"fmt"
	"io"
)

type bzip2Reader struct {
	in       *counter
	buffered *bufio.Reader
	blocks   io.Reader
}

func newBzip2Reader(in *counter, buffered *bufio.Reader) *bzip2Reader {
	return &bzip2Reader{in: in, buffered: buffered, blocks: bzip2.NewReader(buffered)}
}

func (b *bzip2Reader) Read(p []byte) (int, error) {
	n, err := b.blocks.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("bzip2 stream breaks at compressed offset %d: %w", b.in.n-int64(b.buffered.Buffered()), err)
	}
	return n, err
}
