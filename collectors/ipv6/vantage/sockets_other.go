//go:build !linux

package vantage

import (
	"errors"
	"net"
	"syscall"
)

// clampSegments is not supported: TCP_MAXSEG can be set in this way on Linux only.
func clampSegments(syscall.RawConn, int) error {
	return errors.New("segments cannot be clamped on this system: the path MTU is measured on Linux only")
}

// broadcastOn is not supported: a socket can be bound to a link in this way on Linux only.
func broadcastOn(string) func(network, address string, c syscall.RawConn) error {
	return func(string, string, syscall.RawConn) error {
		return errors.New("DHCP cannot be asked on this system: it is on Linux only")
	}
}

// pathMTU returns 0: it is known on Linux only.
func pathMTU(*net.TCPConn, uint32) int { return 0 }
