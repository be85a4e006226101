package resolver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// impatient is for tests in which answers do not come.
var impatient = Options{Timeout: 300 * time.Millisecond, Attempts: 3}

// forged is an answer with an address that is not the name's.
func forged(q *dns.Msg) *dns.Msg {
	m := reply(q)
	m.Answer[0].(*dns.AAAA).AAAA = net.ParseIP("2001:db8:bad::1")
	return m
}

// TestHostile has a server answer in every way that it must not; every name gets its own answer nevertheless.
func TestHostile(t *testing.T) {
	chance := rand.New(rand.NewPCG(3, 4))
	var last []byte
	for name, s := range map[string]script{
		"doubled": func(n int, q *dns.Msg, send func([]byte)) {
			send(pack(reply(q)))
			send(pack(reply(q)))
		},
		"wrong IDs first": func(n int, q *dns.Msg, send func([]byte)) {
			m := forged(q)
			for i := range 20 {
				m.Id = q.Id + uint16(i) + 1 + uint16(n)%1000
				if m.Id != q.Id {
					send(pack(m))
				}
			}
			send(pack(reply(q)))
		},
		"other questions first": func(n int, q *dns.Msg, send func([]byte)) {
			for _, change := range []func(*dns.Question){
				func(q *dns.Question) { q.Name = "x" + q.Name },
				func(q *dns.Question) { q.Name = "z" + q.Name[1:] },
				func(q *dns.Question) { q.Qtype = dns.TypeA },
				func(q *dns.Question) { q.Qclass = dns.ClassCHAOS },
			} {
				m := forged(q)
				change(&m.Question[0])
				send(pack(m))
			}
			m := forged(q)
			m.Question = nil
			send(pack(m))
			m = forged(q)
			m.Question = append(m.Question, m.Question[0])
			send(pack(m))
			send(pack(reply(q)))
		},
		"the query itself and other kinds of message first": func(n int, q *dns.Msg, send func([]byte)) {
			send(pack(q))
			m := forged(q)
			m.Opcode = dns.OpcodeNotify
			send(pack(m))
			send(pack(reply(q)))
		},
		"rubbish first": func(n int, q *dns.Msg, send func([]byte)) {
			b := make([]byte, chance.IntN(100))
			for i := range b {
				b[i] = byte(chance.Uint32())
			}
			send(b)
			if len(b) > 2 {
				binary.BigEndian.PutUint16(b, q.Id)
				send(b)
			}
			whole := pack(forged(q))
			send(whole[:len(whole)-1-chance.IntN(len(whole)-1)]) // cut, without the bit that says so
			send(pack(reply(q)))
		},
		"letters in other case": func(n int, q *dns.Msg, send func([]byte)) {
			m := reply(q)
			b := pack(m)
			for i := 13; i < 18; i++ {
				if 'a' <= b[i] && b[i] <= 'z' {
					b[i] -= 'a' - 'A'
				}
			}
			send(b)
		},
		"out of order": func(n int, q *dns.Msg, send func([]byte)) {
			wire := pack(reply(q))
			time.AfterFunc(time.Duration(chance.IntN(30))*time.Millisecond, func() { send(wire) })
		},
		"a fifth lost": func(n int, q *dns.Msg, send func([]byte)) {
			if chance.IntN(5) > 0 {
				send(pack(reply(q)))
			}
		},
		"the answer before instead": func(n int, q *dns.Msg, send func([]byte)) {
			if n%4 == 0 && last != nil {
				send(last)
				return
			}
			last = pack(reply(q))
			send(last)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := client(t, hostile(t, s), Options{Attempts: 12, Timeout: 2 * time.Second})
			if failed := ask(t, c, 1000, 100); failed > 0 {
				t.Errorf("%d failed: %+v", failed, c.Stats())
			}
			t.Logf("%+v", c.Stats())
			if s := c.Stats(); s.InFlight != 0 || c.inFlight != 0 {
				t.Errorf("%d lookups and %d transmissions are left: %+v", s.InFlight, c.inFlight, s)
			}
		})
	}
}

// TestLate has the first transmission's answer come after the second was sent: it is taken, and the loss taken back.
func TestLate(t *testing.T) {
	c := client(t, hostile(t, func(n int, q *dns.Msg, send func([]byte)) {
		if n == 0 {
			wire := pack(reply(q))
			time.AfterFunc(initialRTO+200*time.Millisecond, func() { send(wire) })
		}
	}), Options{})
	x, err := c.Lookup(context.Background(), "late.example", dns.TypeAAAA)
	if err != nil || x.Attempts != 2 || x.RTT < initialRTO {
		t.Errorf("%+v, %v", x, err)
	}
	if s := c.Stats(); s.Lost != 0 || s.Retransmitted != 1 || s.Answered != 1 {
		t.Errorf("stats %+v", s)
	}
}

// TestNothingRight has servers that never give an answer: each lookup ends with an error, soon.
func TestNothingRight(t *testing.T) {
	for name, s := range map[string]script{
		"silence": func(int, *dns.Msg, func([]byte)) {},
		"rubbish": func(n int, q *dns.Msg, send func([]byte)) {
			b := pack(forged(q))
			send(b[:20])
			b[0]++
			send(b)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := client(t, hostile(t, s), impatient)
			start := time.Now()
			if failed := ask(t, c, 300, 100); failed != 300 {
				t.Errorf("%d of 300 failed", failed)
			}
			// Three rounds of a hundred, each of which waits for the window or runs its attempts.
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			_, err := c.Lookup(context.Background(), "a.example", dns.TypeAAAA)
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the error is %v", err)
			}
			if s := c.Stats(); s.Answered != 0 || s.Failed != 301 || s.Timeouts != 301 || s.InFlight != 0 || c.inFlight != 0 {
				t.Errorf("stats %+v, %d in flight", s, c.inFlight)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	conn, l := sockets(t, 0)
	conn.Close()
	l.Close()
	c := client(t, conn.LocalAddr().String(), impatient)
	if _, err := c.Lookup(context.Background(), "a.example", dns.TypeAAAA); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("the error is %v", err)
	}
	if s := c.Stats(); s.Refused == 0 || s.Failed != 1 {
		t.Errorf("stats %+v", s)
	}
}

// TestDies has the server die in the middle of a run and return: names end with errors meanwhile, with answers after.
func TestDies(t *testing.T) {
	honest := func(n int, q *dns.Msg, send func([]byte)) { send(pack(reply(q))) }
	conn, l := sockets(t, 0)
	port := conn.LocalAddr().(*net.UDPAddr).Port
	stop := serve(t, conn, l, honest)
	c := client(t, conn.LocalAddr().String(), Options{Timeout: 300 * time.Millisecond, Attempts: 3, Rate: 2000})
	var group sync.WaitGroup
	group.Go(func() {
		time.Sleep(400 * time.Millisecond)
		stop()
		time.Sleep(1500 * time.Millisecond)
		conn, l := sockets(t, port)
		serve(t, conn, l, honest)
	})
	failed := ask(t, c, 3000, 100)
	group.Wait()
	s := c.Stats()
	t.Logf("%d failed: %+v", failed, s)
	if failed == 0 || s.Failed != uint64(failed) || s.Answered != 3000-s.Failed {
		t.Errorf("%d failed: %+v", failed, s)
	}
	if failed > 1500 {
		t.Errorf("%d of 3000 failed though the server was away for a second and a half", failed)
	}
	if failed := ask(t, c, 500, 100); failed > 0 {
		t.Errorf("%d failed after it was there again: %+v", failed, c.Stats())
	}
}

// TestWaitsForWindow has a resolver be slow, not dead: nobody fails for having waited long.
func TestWaitsForWindow(t *testing.T) {
	c := client(t, hostile(t, func(n int, q *dns.Msg, send func([]byte)) {
		wire := pack(reply(q))
		time.AfterFunc(50*time.Millisecond, func() { send(wire) })
	}), Options{Timeout: 200 * time.Millisecond, MaxInFlight: 2})
	if failed := ask(t, c, 60, 60); failed > 0 {
		t.Errorf("%d failed: %+v", failed, c.Stats())
	}
}

func TestRate(t *testing.T) {
	c := client(t, hostile(t, func(n int, q *dns.Msg, send func([]byte)) { send(pack(reply(q))) }), Options{Rate: 200})
	start := time.Now()
	if failed := ask(t, c, 101, 50); failed > 0 {
		t.Errorf("%d failed", failed)
	}
	if took := time.Since(start); took < 490*time.Millisecond { // 100 after the first at 200 a second
		t.Errorf("101 lookups took %v", took)
	}
}

func TestNotRecursive(t *testing.T) {
	c := client(t, hostile(t, func(n int, q *dns.Msg, send func([]byte)) {
		m := reply(q)
		m.Answer, m.RecursionAvailable = nil, false
		if q.Question[0].Name == "refused." {
			m.Rcode = dns.RcodeRefused
		}
		send(pack(m))
	}), Options{})
	if x, err := c.Lookup(context.Background(), "a.example", dns.TypeAAAA); !errors.Is(err, ErrNotRecursive) || x.Response != nil {
		t.Errorf("%+v, %v", x, err)
	}
	if _, err := c.Lookup(context.Background(), "refused", dns.TypeAAAA); err != nil {
		t.Errorf("a refusal is an answer: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	c := client(t, hostile(t, func(int, *dns.Msg, func([]byte)) {}), Options{MaxInFlight: 1})
	ctx, cancel := context.WithCancel(context.Background())
	errs := make(chan error)
	for range 10 { // one waits for its answer, the others for the window
		go func() { _, err := c.Lookup(ctx, "a.example", dns.TypeA); errs <- err }()
	}
	time.Sleep(50 * time.Millisecond)
	cancel()
	for range 10 {
		if err := <-errs; !errors.Is(err, context.Canceled) {
			t.Errorf("it ended with %v", err)
		}
	}
	if s := c.Stats(); s.InFlight != 0 || c.inFlight != 0 || c.fresh.first != nil {
		t.Errorf("something is left: %+v", s)
	}
}

// TestPorts looks at what somebody off the path would have to guess.
func TestPorts(t *testing.T) {
	var mu sync.Mutex
	ports, ids := map[string]bool{}, map[uint16]int{}
	conn, l := sockets(t, 0)
	over := &dns.Server{Listener: l}
	go over.ActivateAndServe()
	t.Cleanup(func() { conn.Close(); over.Shutdown() })
	go func() {
		b := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(b)
			if err != nil {
				return
			}
			q := new(dns.Msg)
			if q.Unpack(b[:n]) == nil {
				mu.Lock()
				ports[from.String()] = true
				ids[q.Id]++
				mu.Unlock()
				conn.WriteTo(pack(reply(q)), from)
			}
		}
	}()
	c := client(t, conn.LocalAddr().String(), Options{Sockets: 4})
	for range 3 {
		ask(t, c, 400, 20)
		for i := range c.slots { // as if they had served their time
			s := c.slots[i].socket
			s.mu.Lock()
			s.queries = queriesPerSocket
			s.mu.Unlock()
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if len(ports) != 12 {
		t.Errorf("%d source ports, expected 4 at a time, three times", len(ports))
	}
	most, high := 0, 0
	for id, n := range ids {
		most = max(most, n)
		if id >= 1<<15 {
			high++
		}
	}
	if most > 6 || high < 450 || high > 750 {
		t.Errorf("the IDs are not random: one came %d times, %d of %d are in the upper half", most, high, len(ids))
	}
}

// echo answers every query with no records, without allocating.
func echo(t testing.TB) string {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		b := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			b[2] |= flagQR >> 8
			b[3] |= flagRA
			conn.WriteToUDPAddrPort(b[:n], from)
		}
	}()
	return conn.LocalAddr().String()
}

// TestAllocations: a lookup allocates its response and next to nothing else.
func TestAllocations(t *testing.T) {
	c := client(t, echo(t), Options{})
	ctx := context.Background()
	for range 200 {
		c.Lookup(ctx, "www.example", dns.TypeAAAA)
	}
	if n := testing.AllocsPerRun(2000, func() {
		if _, err := c.Lookup(ctx, "www.example", dns.TypeAAAA); err != nil {
			t.Error(err)
		}
	}); n > 2 { // the race detector makes for the second
		t.Errorf("%v allocations for a lookup, expected 1", n)
	}
}

// TestMemory: what a client holds depends on the lookups under way, not on those that were.
func TestMemory(t *testing.T) {
	c := client(t, echo(t), Options{})
	var group sync.WaitGroup
	for w := range 50 {
		group.Go(func() {
			for i := range 400 {
				c.Lookup(context.Background(), fmt.Sprintf("n%d-%d.example", w, i), dns.TypeAAAA)
			}
		})
	}
	group.Wait()
	for i := range c.slots {
		if s := c.slots[i].socket; s != nil && len(s.flight) > 0 {
			t.Errorf("%d queries are left in a table", len(s.flight))
		}
	}
	if s := c.Stats(); s.Answered != 20000 || s.InFlight != 0 || c.inFlight != 0 || c.fresh.first != nil || c.again.first != nil {
		t.Errorf("something is left: %+v", s)
	}
}

func BenchmarkLookup(b *testing.B) {
	c := client(b, echo(b), Options{})
	b.ReportAllocs()
	b.SetParallelism(200)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if _, err := c.Lookup(context.Background(), "www.example", dns.TypeAAAA); err != nil {
				b.Error(err)
			}
		}
	})
}
