package record

import (
	"net/netip"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// setPassword has the segments of a peer signed, and demands that of it (RFC 2385, which RFC 5925 obsoletes).
func setPassword(conn syscall.RawConn, peer netip.Addr, password string) error {
	key := unix.TCPMD5Sig{Keylen: uint16(len(password))}
	copy(key.Key[:], password)
	if peer.Is4() {
		address := (*unix.RawSockaddrInet4)(unsafe.Pointer(&key.Addr))
		address.Family, address.Addr = unix.AF_INET, peer.As4()
	} else {
		address := (*unix.RawSockaddrInet6)(unsafe.Pointer(&key.Addr))
		address.Family, address.Addr = unix.AF_INET6, peer.As16()
	}
	var failed error
	err := conn.Control(func(fd uintptr) {
		failed = unix.SetsockoptTCPMD5Sig(int(fd), unix.IPPROTO_TCP, unix.TCP_MD5SIG, &key)
	})
	if err != nil {
		return err
	}
	return failed
}
