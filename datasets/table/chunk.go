package table

import (
	"fmt"
	"io"
	"sync"

	"github.com/apache/arrow/go/v17/arrow/memory"
	"github.com/apache/arrow/go/v17/parquet/file"
	"github.com/apache/arrow/go/v17/parquet/metadata"
)

// chunk is the pages of a column in a row group. Arrow's own reader copies them once more, and makes buffers of 48 kB for each of them, which
// for small partitions is most of the work.
type chunk struct {
	content []byte
	left    []byte // of content, not yet read
	pages   file.PageReader
}

// maxKeptChunk is the largest content whose memory is kept for another chunk, in bytes.
const maxKeptChunk = 1 << 20

var chunks = sync.Pool{New: func() any { return &chunk{} }}

// read reads the pages of a column in a file of so many bytes, and returns them. What was returned before is of no use any more.
func (c *chunk) read(in io.ReaderAt, of *metadata.ColumnChunkMetaData, size int64) (file.PageReader, error) {
	start, length := of.DataPageOffset(), of.TotalCompressedSize()
	if dictionary := of.DictionaryPageOffset(); of.HasDictionaryPage() && dictionary > 0 {
		start = min(start, dictionary)
	}
	if start < 0 || length < 0 || length > size-start {
		return nil, fmt.Errorf("%d bytes from %d in a file of %d", length, start, size)
	}
	if int64(cap(c.content)) < length {
		c.content = make([]byte, length)
	}
	c.content = c.content[:length]
	if _, err := in.ReadAt(c.content, start); err != nil {
		return nil, err
	}
	c.left = c.content
	if c.pages != nil {
		c.pages.Reset(c, of.NumValues(), of.Compression(), nil)
		return c.pages, c.pages.Err()
	}
	var err error
	c.pages, err = file.NewPageReader(c, of.NumValues(), of.Compression(), limited{memory.DefaultAllocator, "page", maxPageRead}, nil)
	return c.pages, err
}

// release gives the memory of a chunk to another one.
func (c *chunk) release() {
	if cap(c.content) <= maxKeptChunk {
		chunks.Put(c)
	}
}

// Peek returns the next n bytes, or all that are left and io.EOF.
func (c *chunk) Peek(n int) ([]byte, error) {
	if n > len(c.left) {
		return c.left, io.EOF
	}
	return c.left[:n], nil
}

// Discard skips the next n bytes.
func (c *chunk) Discard(n int) (int, error) {
	next, err := c.Peek(n)
	c.left = c.left[len(next):]
	return len(next), err
}

func (c *chunk) Read(p []byte) (int, error) {
	if len(c.left) == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	n := copy(p, c.left)
	c.left = c.left[n:]
	return n, nil
}
