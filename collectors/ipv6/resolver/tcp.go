package resolver

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"sync"
)

// streams is the TCP connection to the resolver (RFC 7766): queries are pipelined on it, and it is reopened when it is
// needed and gone.
type streams struct {
	lock    chan struct{} // held while a connection is looked up or opened
	current *stream
}

// stream is a TCP connection with its queries in flight by ID.
type stream struct {
	conn net.Conn
	gone chan struct{} // closed when the connection has ended

	mu     sync.Mutex // also held while a query is written
	ids    *rand.ChaCha8
	flight map[uint16]pending
	heard  bool  // it has delivered an answer
	err    error // why it ended
}

func (s *stream) fruitful() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.heard
}

// pending is a query on a stream that waits for its answer.
type pending struct {
	query  []byte
	answer chan []byte
}

// overTCP asks over TCP for what was truncated over UDP. Servers may end the connection at any time; then it is opened
// again.
func (c *Client) overTCP(ctx context.Context, query []byte, x Exchange) (Exchange, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, c.options.Timeout, os.ErrDeadlineExceeded)
	defer cancel()
	query = slices.Clone(query) // the reader may use it after this lookup has ended
	x.TCP, x.Response = true, nil
	var err error
	for fruitless := 0; fruitless < c.options.Attempts; {
		var s *stream
		if s, err = c.open(ctx); err != nil {
			break
		}
		x.At = c.options.Now()
		if x.Response, err = s.exchange(ctx, query); err == nil {
			x.RTT = max(0, c.options.Now().Sub(x.At))
			return x, nil
		}
		if ctx.Err() != nil {
			break
		}
		if !s.fruitful() { // some servers end a connection after a number of queries
			fruitless++
		}
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return x, fmt.Errorf("its answer is truncated, and over TCP: %w", cause(err))
}

// open returns the connection, opening one if there is none.
func (c *Client) open(ctx context.Context) (*stream, error) {
	select {
	case c.stream.lock <- struct{}{}:
		defer func() { <-c.stream.lock }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-c.closed:
		return nil, net.ErrClosed
	}
	if s := c.stream.current; s != nil {
		select {
		case <-s.gone:
		default:
			return s, nil
		}
	}
	select {
	case <-c.closed:
		return nil, net.ErrClosed
	default:
	}
	conn, err := c.options.Dial(ctx, "tcp", c.server.String())
	if err != nil {
		return nil, err
	}
	s := &stream{conn: conn, gone: make(chan struct{}), ids: newIDs(), flight: map[uint16]pending{}}
	c.stream.current = s
	c.readers.Add(1)
	go func() {
		defer c.readers.Done()
		c.follow(s)
	}()
	return s, nil
}

// close ends the connection and prevents another.
func (s *streams) close() {
	s.lock <- struct{}{}
	if s.current != nil {
		s.current.conn.Close()
	}
	<-s.lock
}

// exchange sends a query and waits for its answer.
func (s *stream) exchange(ctx context.Context, query []byte) ([]byte, error) {
	p := pending{query, make(chan []byte, 1)}
	id, err := s.write(ctx, p)
	if err != nil {
		return nil, err
	}
	select {
	case message := <-p.answer:
		return message, nil
	case <-s.gone:
		s.mu.Lock()
		defer s.mu.Unlock()
		return nil, s.err
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.flight[id].answer == p.answer { // once answered, its ID may be another query's
			delete(s.flight, id)
		}
		return nil, context.Cause(ctx)
	}
}

func (s *stream) write(ctx context.Context, p pending) (uint16, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return 0, s.err
	}
	if len(s.flight) > 1<<15 {
		return 0, errors.New("too many queries wait on the connection")
	}
	id := uint16(s.ids.Uint64())
	for ; ; id = uint16(s.ids.Uint64()) {
		if _, taken := s.flight[id]; !taken {
			break
		}
	}
	frame := binary.BigEndian.AppendUint16(make([]byte, 0, 2+maxQuery), uint16(len(p.query)))
	frame = append(frame, p.query...)
	binary.BigEndian.PutUint16(frame[2:], id)
	if deadline, ok := ctx.Deadline(); ok {
		s.conn.SetDeadline(deadline) // for the reader too: a connection on which nothing waits is closed
	}
	s.flight[id] = p
	if _, err := s.conn.Write(frame); err != nil {
		delete(s.flight, id)
		s.conn.Close()
		return 0, err
	}
	return id, nil
}

// follow delivers answers to their queries until the connection ends.
func (c *Client) follow(s *stream) {
	var size [2]byte
	b := make([]byte, 1<<16)
	for {
		_, err := io.ReadFull(s.conn, size[:])
		n := int(binary.BigEndian.Uint16(size[:]))
		if err == nil {
			_, err = io.ReadFull(s.conn, b[:n])
		}
		if err != nil {
			s.mu.Lock()
			s.err = err
			s.mu.Unlock()
			s.conn.Close()
			close(s.gone)
			return
		}
		if n < headerSize {
			c.mismatched.Add(1)
			continue
		}
		id := binary.BigEndian.Uint16(b)
		s.mu.Lock()
		p, found := s.flight[id]
		// A truncated answer is useless here.
		if found = found && matches(p.query, b[:n]) && flags(b)&flagTC == 0; found {
			delete(s.flight, id)
			s.heard = true
		}
		s.mu.Unlock()
		if !found {
			c.mismatched.Add(1)
			continue
		}
		message := slices.Clone(b[:n])
		message[0], message[1] = 0, 0
		p.answer <- message
	}
}
