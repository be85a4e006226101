package testkit

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// The ports that are given lie below those that the kernel gives to clients (net.ipv4.ip_local_port_range begins at 32768), so that
// no connection has one as its own side before the server listens.
const firstPort, lastPort = 10000, 32767

// FreePort returns a port for a server that must be told a number before it listens: nothing uses it over TCP or UDP on any address
// of the machine, and no other test is given it before this one ends.
func FreePort(t testing.TB) int {
	t.Helper()
	for range 1000 {
		n := firstPort + rand.IntN(lastPort-firstPort+1)
		if unused(n) && claim(t, n) {
			return n
		}
	}
	t.Fatalf("no port from %d to %d is free", firstPort, lastPort)
	return 0
}

// FreeAddress returns such a port of 127.0.0.1.
func FreeAddress(t testing.TB) string {
	t.Helper()
	return fmt.Sprintf("127.0.0.1:%d", FreePort(t))
}

func unused(n int) bool {
	address := fmt.Sprintf(":%d", n)
	l, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	defer l.Close()
	p, err := net.ListenPacket("udp", address)
	if err != nil {
		return false
	}
	p.Close()
	return true
}

// claim reports whether the test is the only one, of all processes, with the port.
func claim(t testing.TB, n int) bool {
	t.Helper()
	dir := filepath.Join(os.TempDir(), "tidemark-ports")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, fmt.Sprint(n)), os.O_CREATE|os.O_RDWR, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return false
	}
	t.Cleanup(func() { f.Close() })
	return true
}
