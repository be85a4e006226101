package testkit_test

import (
	"fmt"
	"net"
	"testing"

	"tidemark/internal/testkit"
)

// TestFreePort: many ports at once are different ones, and each can be had over both protocols and families.
func TestFreePort(t *testing.T) {
	seen := map[int]bool{}
	for range 200 {
		n := testkit.FreePort(t)
		if seen[n] {
			t.Fatalf("port %d was given twice", n)
		}
		seen[n] = true
	}
	for n := range seen {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", n))
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		p, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", n))
		if err != nil {
			t.Fatal(err)
		}
		p.Close()
	}
}
