//go:build !linux

package vantage

import (
	"errors"
	"net"
	"syscall"
)

// clampSegments needs TCP_MAXSEG, which is set in this way on Linux only.
func clampSegments(syscall.RawConn, int) error {
	return errors.New("segments cannot be clamped on this system: the path MTU is measured on Linux only")
}

// pathMTU is not told here.
func pathMTU(*net.TCPConn, uint32) int { return 0 }
