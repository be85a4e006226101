package resolver

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
)

// TestReusedID: a query that has ended leaves alone the one that has its ID by then.
func TestReusedID(t *testing.T) {
	for name, end := range map[string]func(p pending, cancel func()){
		"answered": func(p pending, _ func()) { p.answer <- []byte("answer") },
		"canceled": func(_ pending, cancel func()) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			conn, server := net.Pipe()
			defer conn.Close()
			go io.Copy(io.Discard, server)
			s := &stream{conn: conn, gone: make(chan struct{}), ids: newIDs(), flight: map[uint16]pending{}}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan error, 1)
			go func() {
				_, err := s.exchange(ctx, make([]byte, headerSize))
				ended <- err
			}()
			id, first := onlyInFlight(s)
			s.mu.Lock()
			s.flight[id] = pending{answer: make(chan []byte, 1)} // the first was answered, and its ID given to another
			s.mu.Unlock()
			end(first, cancel)
			if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if _, waits := s.flight[id]; !waits {
				t.Error("the other query with that ID is forgotten")
			}
		})
	}
}

// onlyInFlight waits for the first query on a stream.
func onlyInFlight(s *stream) (uint16, pending) {
	for {
		s.mu.Lock()
		for id, p := range s.flight {
			s.mu.Unlock()
			return id, p
		}
		s.mu.Unlock()
	}
}
