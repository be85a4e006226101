package bucket

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// Listed is what an object in a listing counts as to a Watch, in bytes.
const Listed = 300

// MaxStalls is how many transfers in a row may bring too little before the storage is asked for nothing more: a thousand files would
// otherwise wait for it one after the other.
const MaxStalls = 5

// ErrStalled says that nothing more is asked of a storage.
var ErrStalled = fmt.Errorf("given up after %d transfers in a row brought too little", MaxStalls)

// The patience with a transfer where nobody sets another.
const (
	DefaultPatience = 5 * time.Minute
	DefaultRate     = 1000
)

// Watch ends transfers that bring too little.
type Watch struct {
	// Patience is in which a transfer must bring Rate bytes for each second. Uploads report progress after each part of 8 MB.
	Patience time.Duration
	Rate     int64

	stalls atomic.Int32 // transfers in a row that brought too little
}

// Watched calls f, which transfers bytes of the object with the given address, and cancels it when fewer than Rate a second were
// transferred within Patience.
func (w *Watch) Watched(ctx context.Context, address string, f func(ctx context.Context, moved func(int)) error) error {
	if w.stalls.Load() >= MaxStalls {
		return fmt.Errorf("%s: %w", address, ErrStalled)
	}
	whole := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	least := max(1, int64(float64(w.Rate)*w.Patience.Seconds()))
	timer := time.AfterFunc(w.Patience, func() { cancel(fmt.Errorf("fewer than %d bytes were transferred in %s", least, w.Patience)) })
	defer timer.Stop()
	all, next := int64(0), least
	err := f(ctx, func(n int) {
		if all += int64(n); all >= next {
			timer.Reset(w.Patience)
			next = all + least
		}
	})
	switch {
	case ctx.Err() == nil:
		w.stalls.Store(0)
	case err != nil:
		if err = context.Cause(ctx); whole.Err() == nil {
			w.stalls.Add(1)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	return nil
}

// Counted reports the size of each read.
type Counted struct {
	io.Reader
	Moved func(int)
}

func (c *Counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if n > 0 {
		c.Moved(n)
	}
	return n, err
}
