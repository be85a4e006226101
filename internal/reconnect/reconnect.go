// Package reconnect begins sessions with a server that sends a stream, one after the other, with growing pauses between those that fail.
package reconnect

import (
	"context"
	"errors"
	"time"
)

// FinalError is an error of a session after which no other is begun.
type FinalError struct{ Err error }

func (e *FinalError) Error() string { return e.Err.Error() }
func (e *FinalError) Unwrap() error { return e.Err }

// Run runs sessions until ctx ends, and then returns nil, or until one ends with a FinalError, of which it returns the cause. A session of
// settled or longer counts as a success. Of each other end lost is told, with the number of failures in a row before it; it returns how long
// to wait.
func Run(ctx context.Context, settled time.Duration, session func() error, lost func(failures int, err error) time.Duration) error {
	for failures := 0; ; failures++ {
		began := time.Now()
		err := session()
		var final *FinalError
		switch {
		case errors.As(err, &final):
			return final.Err
		case ctx.Err() != nil:
			return nil
		case time.Since(began) >= settled:
			failures = 0
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(lost(failures, err)):
		}
	}
}

// Backoff returns how long to wait after some failures in a row: first, doubled for each of them, and at most most.
func Backoff(first, most time.Duration, failures int) time.Duration {
	for range failures {
		if first >= most {
			return most
		}
		first *= 2
	}
	return min(first, most)
}
