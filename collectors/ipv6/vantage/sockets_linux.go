package vantage

import (
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// clampSegments sets the maximum segment size that a socket announces and sends; it must be called before connecting.
func clampSegments(c syscall.RawConn, size int) error {
	var err error
	if e := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, size) }); e != nil {
		return e
	}
	return err
}

// broadcastOn returns what lets a socket broadcast on a link, beside a DHCP client that has the same port.
func broadcastOn(link string) func(network, address string, c syscall.RawConn) error {
	return func(_, _ string, c syscall.RawConn) error {
		var err error
		if e := c.Control(func(fd uintptr) {
			err = errors.Join(unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEADDR, 1), unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_BROADCAST, 1),
				unix.BindToDevice(int(fd), link))
		}); e != nil {
			return e
		}
		return err
	}
}

// pathMTU returns the path MTU of a connection that the system knows, or 0.
func pathMTU(c *net.TCPConn, family uint32) (mtu int) {
	raw, err := c.SyscallConn()
	if err != nil {
		return 0
	}
	level, option := unix.IPPROTO_IPV6, unix.IPV6_MTU
	if family == 4 {
		level, option = unix.IPPROTO_IP, unix.IP_MTU
	}
	raw.Control(func(fd uintptr) {
		if n, err := unix.GetsockoptInt(int(fd), level, option); err == nil {
			mtu = n
		}
	})
	return mtu
}
