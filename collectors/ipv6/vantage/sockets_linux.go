package vantage

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// clampSegments sets the segment size that a socket offers and keeps to, before it connects.
func clampSegments(c syscall.RawConn, size int) error {
	var err error
	if e := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG, size) }); e != nil {
		return e
	}
	return err
}

// pathMTU is what the system knows of the path of a connection; 0 where it does not tell.
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
