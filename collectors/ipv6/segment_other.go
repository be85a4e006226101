//go:build !linux

package ipv6

import "net"

// segment returns 0: the maximum segment size of a connection is known on Linux only.
func segment(net.Conn) int { return 0 }
