package mirror

import (
	"context"
	"fmt"
	"io"
	"time"
)

// listed is what an object in a listing counts as, in bytes.
const listed = 300

// maxStalls is how many transfers in a row may bring too little before the storage is asked for nothing more: a thousand files would
// otherwise wait for it one after the other.
const maxStalls = 5

var errStalled = fmt.Errorf("given up after %d transfers in a row brought too little", maxStalls)

// watched calls f, which transfers bytes of the object with the given address, and cancels it when fewer than m.Rate a second were
// transferred within m.Patience.
func (m *Mirror) watched(ctx context.Context, address string, f func(ctx context.Context, moved func(int)) error) error {
	if m.stalls.Load() >= maxStalls {
		return fmt.Errorf("%s: %w", address, errStalled)
	}
	whole := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	least := max(1, int64(float64(m.Rate)*m.Patience.Seconds()))
	timer := time.AfterFunc(m.Patience, func() { cancel(fmt.Errorf("fewer than %d bytes were transferred in %s", least, m.Patience)) })
	defer timer.Stop()
	all, next := int64(0), least
	err := f(ctx, func(n int) {
		if all += int64(n); all >= next {
			timer.Reset(m.Patience)
			next = all + least
		}
	})
	switch {
	case ctx.Err() == nil:
		m.stalls.Store(0)
	case err != nil:
		if err = context.Cause(ctx); whole.Err() == nil {
			m.stalls.Add(1)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	return nil
}

// counted reports the size of each read.
type counted struct {
	io.Reader
	moved func(int)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if n > 0 {
		c.moved(n)
	}
	return n, err
}
