// Package bounded limits the memory that foreign data takes: a value that a decoder holds as a whole, and what is remembered of many.
package bounded

import (
	"fmt"
	"io"
)

// Window is a reader for a decoder that reads value after value and must hold each as a whole, as those of encoding/json and
// encoding/csv do. It gives at most so many bytes beyond what the decoder has done with.
type Window struct {
	r     io.Reader
	max   int64
	given int64
	end   int64
}

// NewWindow returns a window on r of max bytes.
func NewWindow(r io.Reader, max int64) *Window { return &Window{r: r, max: max, end: max} }

// Slide says that the decoder has done with the bytes before offset, its InputOffset.
func (w *Window) Slide(offset int64) { w.end = offset + w.max }

func (w *Window) Read(p []byte) (int, error) {
	if w.given >= w.end {
		return 0, fmt.Errorf("the value at byte %d is longer than %d bytes", w.end-w.max, w.max)
	}
	n, err := w.r.Read(p[:min(int64(len(p)), w.end-w.given)])
	w.given += int64(n)
	return n, err
}
