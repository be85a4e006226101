package resolver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// reply is the answer that the test's servers know: an AAAA that follows from the name.
func reply(q *dns.Msg) *dns.Msg {
	m := new(dns.Msg)
	m.SetReply(q)
	m.RecursionAvailable = true
	m.Answer = []dns.RR{&dns.AAAA{
		Hdr:  dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeAAAA, Class: dns.ClassINET, Ttl: 60},
		AAAA: addressOf(q.Question[0].Name),
	}}
	return m
}

func addressOf(name string) net.IP {
	a := net.ParseIP("2001:db8::")
	copy(a[4:], name)
	return a
}

// check reports whether a response is the right one for a name.
func check(name string, response []byte) error {
	m := new(dns.Msg)
	if err := m.Unpack(response); err != nil {
		return err
	}
	if m.Id != 0 || len(m.Question) != 1 || !m.Response {
		return fmt.Errorf("not a response with ID 0: %v", m)
	}
	if len(m.Answer) != 1 || !m.Answer[0].(*dns.AAAA).AAAA.Equal(addressOf(dns.Fqdn(name))) {
		return fmt.Errorf("a wrong answer to %s: %v", name, m)
	}
	return nil
}

// script is what a server does with the n-th datagram: it may send what it likes to whom it likes.
type script func(n int, q *dns.Msg, send func(wire []byte))

// hostile is a UDP and TCP server that follows a script; TCP is answered rightly.
func hostile(t testing.TB, s script) string {
	conn, l := sockets(t, 0)
	serve(t, conn, l, s)
	return conn.LocalAddr().String()
}

// sockets are a UDP and a TCP one on the same port of loopback.
func sockets(t testing.TB, port int) (net.PacketConn, net.Listener) {
	for range 20 {
		conn, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Fatal(err)
		}
		if l, err := net.Listen("tcp", conn.LocalAddr().String()); err == nil {
			return conn, l
		}
		conn.Close()
	}
	t.Fatal("no port is free for both UDP and TCP")
	return nil, nil
}

func serve(t testing.TB, conn net.PacketConn, l net.Listener, s script) (stop func()) {
	var done sync.WaitGroup
	done.Add(1)
	go func() {
		defer done.Done()
		b := make([]byte, 4096)
		for n := 0; ; n++ {
			size, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			q := new(dns.Msg)
			if q.Unpack(b[:size]) != nil {
				continue
			}
			s(n, q, func(wire []byte) { conn.WriteTo(wire, from) })
		}
	}()
	over := &dns.Server{Listener: l, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) { w.WriteMsg(reply(q)) })}
	done.Add(1)
	go func() { defer done.Done(); over.ActivateAndServe() }()
	var once sync.Once
	stop = func() {
		once.Do(func() { conn.Close(); l.Close(); over.Shutdown(); done.Wait() })
	}
	t.Cleanup(stop)
	return stop
}

func pack(m *dns.Msg) []byte {
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

func client(t testing.TB, server string, o Options) *Client {
	c, err := New(server, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ask looks up many names at once; it gives how many ended without an answer, and fails where an answer is wrong.
func ask(t testing.TB, c *Client, names, workers int) (failed int) {
	var wrong, bad atomic.Int64
	var group sync.WaitGroup
	next := make(chan string)
	for range workers {
		group.Go(func() {
			for name := range next {
				x, err := c.Lookup(context.Background(), name, dns.TypeAAAA)
				if err != nil {
					bad.Add(1)
					if x.Response != nil {
						wrong.Add(1)
						t.Errorf("%s: a response beside the error %v", name, err)
					}
					continue
				}
				if err := check(name, x.Response); err != nil && wrong.Add(1) < 5 {
					t.Error(err)
				}
			}
		})
	}
	for i := range names {
		next <- fmt.Sprintf("n%06d.example", i)
	}
	close(next)
	group.Wait()
	return int(bad.Load())
}

func TestLookup(t *testing.T) {
	var seen atomic.Pointer[dns.Msg]
	server := hostile(t, func(n int, q *dns.Msg, send func([]byte)) {
		seen.Store(q)
		send(pack(reply(q)))
	})
	c := client(t, server, Options{})
	x, err := c.Lookup(context.Background(), "Www.Example", dns.TypeAAAA)
	if err != nil {
		t.Fatal(err)
	}
	if err := check("Www.Example", x.Response); err != nil {
		t.Error(err)
	}
	q := seen.Load()
	if !q.RecursionDesired || !q.AuthenticatedData || q.IsEdns0() == nil || q.IsEdns0().UDPSize() != 1232 || q.IsEdns0().Do() {
		t.Errorf("the query is %v", q)
	}
	if x.Attempts != 1 || x.TCP || x.RTT <= 0 || x.At.IsZero() || x.Server != netip.MustParseAddrPort(server) {
		t.Errorf("the exchange is %+v", x)
	}
	if s := c.Stats(); s.Sent != 1 || s.Answered != 1 || s.Lost+s.Mismatched+s.Retransmitted+s.Failed != 0 || s.InFlight != 0 || s.RTT <= 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestMany(t *testing.T) { // more than are let out at a time
	c := client(t, hostile(t, func(n int, q *dns.Msg, send func([]byte)) { send(pack(reply(q))) }), Options{})
	start := time.Now()
	if failed := ask(t, c, 5000, 500); failed > 0 {
		t.Errorf("%d failed: %+v", failed, c.Stats())
	}
	t.Logf("%v %+v", time.Since(start), c.Stats())
}

func TestTruncated(t *testing.T) {
	c := client(t, hostile(t, func(n int, q *dns.Msg, send func([]byte)) {
		m := reply(q)
		m.Answer, m.Truncated = nil, true
		send(pack(m))
	}), Options{})
	if failed := ask(t, c, 500, 50); failed > 0 {
		t.Errorf("%d failed: %+v", failed, c.Stats())
	}
}

func TestClose(t *testing.T) {
	c := client(t, hostile(t, func(int, *dns.Msg, func([]byte)) {}), Options{})
	ended := make(chan error)
	go func() { _, err := c.Lookup(context.Background(), "a.example", dns.TypeA); ended <- err }()
	time.Sleep(20 * time.Millisecond)
	c.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("it ended with %v", err)
	}
	if _, err := c.Lookup(context.Background(), "a.example", dns.TypeA); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}
