// Package failure says what went wrong with a lookup or a connection, in the words of the datasets.
package failure

import (
	"context"
	"errors"
	"net"
	"os"
	"slices"
	"syscall"
)

// Class returns refused, unreachable, timeout or error. What else means unreachable is up to the caller.
func Class(err error, unreachable ...syscall.Errno) string {
	var timeout net.Error
	unreachable = append(unreachable, syscall.ENETUNREACH, syscall.EHOSTUNREACH, syscall.EADDRNOTAVAIL,
		syscall.EACCES) // ICMP: administratively prohibited
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET):
		return "refused"
	case slices.ContainsFunc(unreachable, func(number syscall.Errno) bool { return errors.Is(err, number) }):
		return "unreachable"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "error"
}

// Text returns the error without the local address, which is chance and not for publication.
func Text(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Op + ": " + op.Err.Error()
	}
	return err.Error()
}
