package ipv6

import (
	"net"

	"golang.org/x/sys/unix"
)

// segment returns the maximum segment size of a TCP connection in bytes, which the server's offer and the path limit; 0: unknown.
func segment(c net.Conn) (size int) {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return 0
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return 0
	}
	raw.Control(func(fd uintptr) {
		if n, err := unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG); err == nil {
			size = n
		}
	})
	return size
}
