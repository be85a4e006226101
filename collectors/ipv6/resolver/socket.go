package resolver

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"time"
)

// A socket is replaced after so many queries, to change the port.
const queriesPerSocket = 8192

// socket is a connected UDP socket with its queries in flight by ID.
type socket struct {
	conn   net.Conn
	opened time.Duration

	mu      sync.Mutex
	ids     *rand.ChaCha8 // seeded by the system: seen IDs do not reveal the next
	flight  map[uint16]transmission
	queries int
	retired bool // accepts no more queries; closed when the last one ends
	heard   time.Duration
}

// transmission is a query in flight: the nth of its call.
type transmission struct {
	call *call
	n    int
}

// pick returns a random socket to send on, opening those that are not open.
func (c *Client) pick(now time.Duration) (*socket, error) {
	slot := &c.slots[rand.IntN(len(c.slots))]
	slot.mu.Lock()
	defer slot.mu.Unlock()
	if s := slot.socket; s != nil && s.usable(now, c.options.Timeout) {
		return s, nil
	}
	slot.socket = nil
	select {
	case <-c.closed:
		return nil, net.ErrClosed
	default:
	}
	conn, err := c.options.Dial(context.Background(), "udp", c.server.String())
	if err != nil {
		return nil, err
	}
	if u, ok := conn.(*net.UDPConn); ok {
		u.SetReadBuffer(1 << 20) // the system may allow less
	}
	s := &socket{conn: conn, opened: now, heard: now, ids: newIDs(), flight: map[uint16]transmission{}}
	slot.socket = s
	c.readers.Add(1)
	go func() {
		defer c.readers.Done()
		c.read(s)
	}()
	return s, nil
}

// slot holds a socket, which is replaced now and then.
type slot struct {
	mu     sync.Mutex
	socket *socket
}

// usable retires a socket that has served its time, or that receives nothing: the host's address may have changed.
func (s *socket) usable(now, silence time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.queries >= queriesPerSocket || len(s.flight) > 1<<15 || s.queries > 0 && now > s.heard+silence {
		s.retire()
	}
	return !s.retired
}

// retire is called with the lock held.
func (s *socket) retire() {
	s.retired = true
	if len(s.flight) == 0 {
		s.conn.Close()
	}
}

// send registers the call's transmission under a random free ID and sends it.
func (s *socket) send(c *call, n int) error {
	s.mu.Lock()
	id := uint16(s.ids.Uint64())
	for ; ; id = uint16(s.ids.Uint64()) {
		if _, taken := s.flight[id]; !taken {
			break
		}
	}
	s.flight[id] = transmission{c, n}
	s.queries++
	c.sent[n].socket, c.sent[n].id = s, id
	s.mu.Unlock()
	binary.BigEndian.PutUint16(c.query, id)
	_, err := s.conn.Write(c.query)
	if errors.Is(err, syscall.ECONNREFUSED) { // the error of an earlier datagram
		_, err = s.conn.Write(c.query)
	}
	if err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
		s.mu.Lock()
		s.retire()
		s.mu.Unlock()
	}
	return err
}

// forget removes a transmission from the table. After it returns, nothing touches the call on the transmission's
// behalf.
func (s *socket) forget(id uint16, c *call) {
	s.mu.Lock()
	if s.flight[id].call == c {
		delete(s.flight, id)
	}
	if s.retired && len(s.flight) == 0 {
		s.conn.Close()
	}
	s.mu.Unlock()
}

// read delivers answers to their calls until the socket is closed.
func (c *Client) read(s *socket) {
	b := make([]byte, 1<<16)
	for {
		n, err := s.conn.Read(b)
		switch {
		case err == nil:
			if !s.deliver(b[:n], c.now()) {
				c.mismatched.Add(1)
			}
		case errors.Is(err, net.ErrClosed), errors.Is(err, io.EOF):
			return
		case errors.Is(err, syscall.ECONNREFUSED):
			c.refusals.Add(1)
			c.trouble.Store(&trouble{syscall.ECONNREFUSED, c.now()})
		default:
			c.trouble.Store(&trouble{cause(err), c.now()})
			s.mu.Lock()
			s.retire()
			s.mu.Unlock()
			time.Sleep(time.Millisecond) // a lasting error must not occupy a processor
		}
	}
}

// deliver passes a message to the call that it answers, and reports whether there is one.
func (s *socket) deliver(message []byte, now time.Duration) bool {
	if len(message) < headerSize {
		return false
	}
	id := binary.BigEndian.Uint16(message)
	s.mu.Lock()
	defer s.mu.Unlock()
	t, found := s.flight[id]
	if !found || !matches(t.call.query, message) {
		return false
	}
	s.heard = now
	delete(s.flight, id)
	if s.retired && len(s.flight) == 0 {
		s.conn.Close()
	}
	t.call.answer(message, t.n, now)
	return true
}

// trouble is the system's latest error on the way to the resolver.
type trouble struct {
	err error
	at  time.Duration
}

// cause returns the system's error inside a network error: without addresses and ports, which vary.
func cause(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number
	}
	return err
}
