package mirror

import (
	"context"
	"fmt"
	"io"
	"time"
)

// watched calls f, which transfers bytes of the object with the given address, and cancels it when none moved for m.patience.
func (m *Mirror) watched(ctx context.Context, address string, f func(ctx context.Context, moved func(int)) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	timer := time.AfterFunc(m.patience, func() { cancel(fmt.Errorf("no bytes were transferred for %s", m.patience)) })
	defer timer.Stop()
	err := f(ctx, func(int) { timer.Reset(m.patience) })
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
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
