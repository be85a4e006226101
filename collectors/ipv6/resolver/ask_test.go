package resolver

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// authority starts a server with UDP and TCP on a free port of an address.
func authority(t *testing.T, address string, handle dns.HandlerFunc) netip.AddrPort {
	conn, err := net.ListenPacket("udp", net.JoinHostPort(address, "0"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", conn.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*dns.Server{{PacketConn: conn, Handler: handle}, {Listener: l, Handler: handle}} {
		go s.ActivateAndServe()
		t.Cleanup(func() { s.Shutdown() })
	}
	return netip.MustParseAddrPort(conn.LocalAddr().String())
}

func TestAsk(t *testing.T) {
	var transmissions atomic.Int32
	handle := func(w dns.ResponseWriter, q *dns.Msg) {
		m := reply(q)
		m.Authoritative, m.RecursionAvailable = true, false
		_, udp := w.RemoteAddr().(*net.UDPAddr)
		switch first := strings.SplitN(q.Question[0].Name, ".", 2)[0]; {
		case q.RecursionDesired:
			m.Rcode = dns.RcodeRefused
		case first == "truncated" && udp:
			m.Answer, m.Truncated = nil, true
		case first == "old" && q.IsEdns0() != nil:
			w.Write([]byte{byte(q.Id >> 8), byte(q.Id), 0x80, dns.RcodeFormatError, 0, 0, 0, 0, 0, 0, 0, 0})
			return
		case first == "forged":
			bad := forged(q)
			bad.Id++
			w.WriteMsg(bad)
		case first == "lost" && transmissions.Add(1) == 1, first == "silent":
			return
		}
		w.WriteMsg(m)
	}
	c := client(t, "127.0.0.1:53", Options{Timeout: 800 * time.Millisecond})
	ctx := context.Background()
	for _, address := range []string{"127.0.0.1", "::1"} {
		transmissions.Store(0)
		server := authority(t, address, handle)
		for name, want := range map[string]struct {
			attempts int
			tcp      bool
		}{"plain.example": {1, false}, "truncated.example": {1, true}, "old.example": {1, false}, "forged.example": {1, false}, "lost.example": {2, false}} {
			x, err := c.Ask(ctx, server, name, dns.TypeAAAA)
			if err != nil {
				t.Errorf("%s at %s: %v", name, server, err)
				continue
			}
			if err := check(name, x.Response); err != nil || x.Response[2]&(flagAA>>8) == 0 {
				t.Errorf("%s at %s: %v", name, server, err)
			}
			if x.Attempts != want.attempts || x.TCP != want.tcp || x.Server != server || x.At.IsZero() {
				t.Errorf("%s at %s: %+v", name, server, x)
			}
		}
		if x, err := c.Ask(ctx, server, "silent.example", dns.TypeAAAA); !errors.Is(err, os.ErrDeadlineExceeded) || x.Response != nil || x.Attempts != askAttempts {
			t.Errorf("silent at %s: %+v, %v", server, x, err)
		}
		soon, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		if _, err := c.Ask(soon, server, "silent.example", dns.TypeAAAA); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cancelled at %s: %v", server, err)
		}
		cancel()
	}
	conn, l := sockets(t, 0)
	conn.Close()
	l.Close()
	if _, err := c.Ask(ctx, netip.MustParseAddrPort(conn.LocalAddr().String()), "a.example", dns.TypeA); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("nobody there: %v", err)
	}
	if _, err := c.Ask(ctx, netip.MustParseAddrPort("127.0.0.1:53"), "a..b", dns.TypeA); !errors.Is(err, ErrName) {
		t.Errorf("no name: %v", err)
	}
}
