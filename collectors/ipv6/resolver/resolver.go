// Package resolver asks one recursive resolver for a great many names. Queries are pipelined over a few UDP sockets, as
// many in flight as the path and the resolver can carry; truncated answers are asked for again over one TCP connection.
package resolver

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a client. A zero field means its default.
type Options struct {
	Sockets     int           // UDP sockets, each with its own port: 8
	Timeout     time.Duration // for the answer to the last transmission, for a TCP exchange, and until a silent resolver counts as dead: 5 s
	Attempts    int           // maximum of transmissions of a query over UDP: 5
	MaxInFlight int           // maximum of lookups under way: 4096
	Rate        float64       // maximum of transmissions per second; 0: no limit but the path's

	Now  func() time.Time                                                     // clock of Exchange.At and RTT: time.Now
	Dial func(ctx context.Context, network, address string) (net.Conn, error) // default: a net.Dialer
}

// Exchange is a question with its answer.
type Exchange struct {
	Response []byte         // wire format, as received except that its ID is 0
	Server   netip.AddrPort // the server that sent it
	At       time.Time      // when the answered query was sent
	RTT      time.Duration  // from At to the answer
	Attempts int            // transmissions over UDP
	TCP      bool           // the answer over UDP was truncated, so it was asked for over TCP
}

// Stats are counts since the client was made.
type Stats struct {
	Sent          uint64        // transmissions over UDP
	Answered      uint64        // lookups that ended with an answer
	Failed        uint64        // lookups that ended without one
	Retransmitted uint64        // transmissions after the first of a lookup
	Lost          uint64        // transmissions not answered in time; a late answer is subtracted
	Timeouts      uint64        // lookups that failed because no transmission was answered
	Mismatched    uint64        // datagrams that answered no query in flight: late, duplicate, forged or garbage
	Refused       uint64        // ICMP errors: no server listens there
	OverTCP       uint64        // exchanges over TCP
	InFlight      int           // lookups under way now
	Window        float64       // transmissions that may be in flight now
	RTT           time.Duration // smoothed round trip
}

// ErrNotRecursive is the error of an answer from a server that neither recurses nor is authoritative: the absence of
// records in it means nothing.
var ErrNotRecursive = errors.New("the server does not recurse; give a recursive resolver")

// Client asks one resolver. Its methods may be called concurrently.
type Client struct {
	server  netip.AddrPort
	options Options
	start   time.Time

	slots   []slot
	readers sync.WaitGroup
	stream  streams

	mismatched, refusals atomic.Uint64
	trouble              atomic.Pointer[trouble]

	closeOnce sync.Once
	closed    chan struct{}

	admission
}

// New returns a client of the resolver at server, host:port. It opens sockets when they are needed.
func New(server string, o Options) (*Client, error) {
	address, err := netip.ParseAddrPort(server)
	if err != nil {
		a, err := net.ResolveUDPAddr("udp", server)
		if err != nil {
			return nil, fmt.Errorf("resolver %q: give its address and port, as in 127.0.0.1:53 or [::1]:53: %w", server, err)
		}
		address = a.AddrPort()
	}
	if address.Port() == 0 || !address.Addr().IsValid() {
		return nil, fmt.Errorf("resolver %q: give its address and port, as in 127.0.0.1:53 or [::1]:53", server)
	}
	if o.Sockets < 0 || o.Timeout < 0 || o.Attempts < 0 || o.MaxInFlight < 0 || !(o.Rate >= 0) {
		return nil, errors.New("resolver: an option is negative")
	}
	set(&o.Sockets, 8)
	set(&o.Timeout, 5*time.Second)
	set(&o.Attempts, 5)
	set(&o.MaxInFlight, 4096)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	c := &Client{
		server: netip.AddrPortFrom(address.Addr().Unmap(), address.Port()), options: o, start: time.Now(),
		slots: make([]slot, o.Sockets), closed: make(chan struct{}), stream: streams{lock: make(chan struct{}, 1)},
	}
	c.admission.init(o, c.now)
	return c, nil
}

// set sets an option that is zero to its default.
func set[T int | time.Duration](option *T, value T) {
	if *option == 0 {
		*option = value
	}
}

func (c *Client) now() time.Duration { return time.Since(c.start) }

func newIDs() *rand.ChaCha8 {
	var seed [32]byte
	crand.Read(seed[:])
	return rand.NewChaCha8(seed)
}

// call is a lookup under way.
type call struct {
	query   []byte
	sent    []sending
	timer   *time.Timer
	granted chan struct{}
	done    chan struct{}

	// The answer. Whoever sets taken fills it in and then sends on done.
	taken    atomic.Bool
	response []byte
	n        int // number of the transmission that was answered
	at       time.Duration

	waiter
}

// sending is a transmission as remembered by its call.
type sending struct {
	socket *socket
	id     uint16
	at     time.Duration
	clock  time.Time
	lost   bool
}

var calls = sync.Pool{New: func() any {
	t := time.NewTimer(time.Hour)
	t.Stop()
	k := &call{query: make([]byte, 0, maxQuery), timer: t, granted: make(chan struct{}, 1), done: make(chan struct{}, 1)}
	k.waiter.call = k
	return k
}}

// answer stores the answer; a second one is dropped.
func (k *call) answer(message []byte, n int, now time.Duration) {
	if !k.taken.CompareAndSwap(false, true) {
		return
	}
	k.response = slices.Clone(message)
	k.response[0], k.response[1] = 0, 0
	k.n, k.at = n, now
	k.done <- struct{}{}
}

// Lookup asks for the records of a name and returns the answer, whatever its response code. Without an answer the error
// is ErrName, ErrNotRecursive, the context's, net.ErrClosed, an error of the system (for example ECONNREFUSED), or
// os.ErrDeadlineExceeded after all attempts. The client decides how many lookups are under way; the others wait here
// for as long as the resolver answers any.
func (c *Client) Lookup(ctx context.Context, name string, qtype uint16) (Exchange, error) {
	return c.recurse(ctx, name, qtype, flagRD|flagAD)
}

// LookupUnchecked is Lookup with the CD bit: the resolver gives what it got, whether or not its signatures hold (RFC 4035 section
// 3.2.2).
func (c *Client) LookupUnchecked(ctx context.Context, name string, qtype uint16) (Exchange, error) {
	return c.recurse(ctx, name, qtype, flagRD|flagCD)
}

func (c *Client) recurse(ctx context.Context, name string, qtype, bits uint16) (Exchange, error) {
	k := calls.Get().(*call)
	query, err := appendQuery(k.query[:0], name, qtype, bits, true)
	if err != nil {
		calls.Put(k)
		return Exchange{Server: c.server}, err
	}
	k.query = query
	x, err := c.lookup(ctx, k)
	c.release(k)
	if err == nil && flags(x.Response)&flagTC != 0 {
		x, err = c.overTCP(ctx, k.query, x)
	}
	if err == nil && flags(x.Response)&(flagRA|flagAA) == 0 && (flags(x.Response)&0xf == 0 || flags(x.Response)&0xf == rcodeNXDomain) {
		x.Response, err = nil, ErrNotRecursive
	}
	c.end(x, err)
	k.recycle()
	if err != nil {
		return x, fmt.Errorf("%s: %w", c.server, err)
	}
	return x, nil
}

// lookup makes the attempts over UDP.
func (c *Client) lookup(ctx context.Context, k *call) (Exchange, error) {
	x := Exchange{Server: c.server}
	var last error
	for n := range c.options.Attempts {
		x.Attempts = n
		answered, err := c.admit(ctx, k, n > 0)
		if err != nil {
			return x, err
		}
		if !answered {
			x.Attempts = n + 1
			wait, err := c.transmit(k, n)
			if err != nil {
				last = err
			}
			k.timer.Reset(wait)
			select {
			case <-k.done:
				answered = true
			case <-k.timer.C:
				c.missed(k, n)
			case <-ctx.Done():
				return x, ctx.Err()
			case <-c.closed:
				return x, net.ErrClosed
			}
			k.timer.Stop()
		}
		if answered {
			s := &k.sent[k.n]
			x.Response, x.At, x.RTT = k.response, s.clock, max(0, c.options.Now().Sub(s.clock))
			return x, nil
		}
	}
	if t := c.trouble.Load(); last == nil && t != nil && t.at >= k.sent[0].at {
		last = t.err
	}
	if last == nil {
		last = os.ErrDeadlineExceeded
	}
	return x, fmt.Errorf("no answer in %d attempts: %w", x.Attempts, last)
}

// transmit sends the nth transmission and returns how long to wait for its answer. One that cannot be sent counts as
// lost, since the network may come back.
func (c *Client) transmit(k *call, n int) (time.Duration, error) {
	now := c.now()
	k.sent = append(k.sent, sending{at: now, clock: c.options.Now()})
	s, err := c.pick(now)
	if err == nil {
		err = s.send(k, n)
	}
	wait := c.options.Timeout
	if n+1 < c.options.Attempts {
		wait = min(wait, c.waits(n))
	}
	if err != nil {
		err = cause(err)
		c.trouble.Store(&trouble{err, now})
	}
	return wait, err
}

// recycle clears a call for another lookup. Nothing else refers to it: its transmissions have been forgotten.
func (k *call) recycle() {
	k.timer.Stop()
	select {
	case <-k.done:
	default:
	}
	select {
	case <-k.granted:
	default:
	}
	k.sent, k.response = k.sent[:0], nil
	k.taken.Store(false)
	calls.Put(k)
}

// Close ends the lookups under way with net.ErrClosed and closes all connections.
func (c *Client) Close() error {
	c.closeOnce.Do(func() {
		close(c.closed)
		for i := range c.slots {
			c.slots[i].mu.Lock()
			if s := c.slots[i].socket; s != nil {
				s.conn.Close()
			}
			c.slots[i].mu.Unlock()
		}
		c.stream.close()
		c.admission.stop()
	})
	c.readers.Wait()
	return nil
}
