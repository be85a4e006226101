//go:build !linux

package record

import (
	"errors"
	"net/netip"
	"syscall"
)

func setPassword(syscall.RawConn, netip.Addr, string) error {
	return errors.New("TCP MD5 signatures need Linux")
}
