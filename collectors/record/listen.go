package record

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"tidemark/internal/fault"
)

// listenToPeers begins to listen and to connect.
func (r *Recorder) listenToPeers(ctx context.Context, work *sync.WaitGroup) error {
	speakers, err := r.speakers()
	if err != nil {
		return err
	}
	for _, address := range r.settings.listenAddrs {
		l, err := listenWithKeys(ctx, address, speakers)
		if err != nil {
			return fmt.Errorf("record.listen: %w", err)
		}
		work.Go(func() { r.accept(ctx, l, work, func(conn *net.TCPConn) { r.incoming(ctx, conn, speakers) }) })
	}
	if address := r.settings.BMP.Listen; address != "" {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
		if err != nil {
			return fmt.Errorf("record.bmp.listen: %w", err)
		}
		routers := &routers{connected: map[netip.Addr]bool{}}
		work.Go(func() { r.accept(ctx, l, work, func(conn *net.TCPConn) { r.router(ctx, conn, routers) }) })
	}
	for _, s := range speakers {
		if !s.peer.Passive {
			work.Go(func() { s.dialLoop(ctx) })
		}
	}
	return nil
}

// speakers returns what each BGP peer needs, by its address.
func (r *Recorder) speakers() (map[netip.Addr]*speaker, error) {
	all := map[netip.Addr]*speaker{}
	for i := range r.settings.Peers {
		p := &r.settings.Peers[i]
		password, err := p.password(r.settings.base)
		if err != nil {
			return nil, err
		}
		all[p.address.Addr()] = &speaker{recorder: r, peer: p, password: password}
	}
	return all, nil
}

// listenWithKeys listens at an address, where the peers that have a password must sign their segments.
func listenWithKeys(ctx context.Context, address netip.AddrPort, speakers map[netip.Addr]*speaker) (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, conn syscall.RawConn) (err error) {
		for _, s := range speakers {
			if s.password == "" || s.peer.address.Addr().Is4() != address.Addr().Is4() {
				continue
			}
			if err := setPassword(conn, s.peer.address.Addr(), s.password); err != nil {
				return fmt.Errorf("the password of %s: %w", s.peer.Address, err)
			}
		}
		return nil
	}}
	network := "tcp4"
	if address.Addr().Is6() {
		network = "tcp6"
	}
	return config.Listen(ctx, network, address.String())
}

// acceptPause is how long nothing is accepted after that failed, for example because there are too many open files.
const acceptPause = time.Second

// accept serves each connection in a goroutine of its own, whose panics end nothing but the connection.
func (r *Recorder) accept(ctx context.Context, l net.Listener, work *sync.WaitGroup, serve func(*net.TCPConn)) {
	defer context.AfterFunc(ctx, func() { l.Close() })()
	for ctx.Err() == nil {
		conn, err := l.Accept()
		if err != nil {
			if ctx.Err() == nil {
				r.log.Error("accepting a connection", "error", err)
				sleep(ctx, acceptPause)
			}
			continue
		}
		work.Go(func() {
			defer conn.Close()
			r.guard(conn.RemoteAddr().String(), func() error { serve(conn.(*net.TCPConn)); return nil })
		})
	}
}

// guard logs why a connection ended.
func (r *Recorder) guard(with string, f func() error) {
	err := fault.Caught(f)
	var panicked *fault.Error
	if errors.As(err, &panicked) {
		r.log.Error("the session with "+with, "error", err, "stack", string(panicked.Stack))
	} else if err != nil {
		r.log.Info("the session with "+with+" ended", "because", err)
	}
}

func (r *Recorder) refuse() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused++
}

// incoming serves a connection that a BGP peer made.
func (r *Recorder) incoming(ctx context.Context, conn *net.TCPConn, speakers map[netip.Addr]*speaker) {
	s := speakers[remote(conn)]
	if s == nil {
		r.refuse()
		return
	}
	if !s.peer.Passive || !s.busy.CompareAndSwap(false, true) {
		r.refuse()
		refuseConnection(conn)
		return
	}
	defer s.busy.Store(false)
	r.guard(s.peer.Address, func() error { return s.converse(ctx, conn, active) })
}

func remote(conn *net.TCPConn) netip.Addr {
	return conn.RemoteAddr().(*net.TCPAddr).AddrPort().Addr().Unmap().WithZone("")
}

// sleep waits, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

const (
	minRetry    = time.Second // between two attempts to connect, doubled after each
	maxRetry    = 2 * time.Minute
	dialTimeout = 20 * time.Second
)

// dialLoop connects to a peer again and again.
func (s *speaker) dialLoop(ctx context.Context) {
	for wait := minRetry; ctx.Err() == nil; wait = min(2*wait, maxRetry) {
		s.recorder.guard(s.peer.Address, func() error {
			conn, err := s.dial(ctx)
			if err != nil {
				return err
			}
			defer conn.Close()
			err = s.converse(ctx, conn, connect)
			if s.wasUp {
				wait = minRetry
			}
			return err
		})
		sleep(ctx, wait)
	}
}

func (s *speaker) dial(ctx context.Context) (*net.TCPConn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	if s.peer.local.IsValid() {
		d.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(s.peer.local, 0))
	}
	if s.password != "" {
		d.Control = func(_, _ string, conn syscall.RawConn) error {
			return setPassword(conn, s.peer.address.Addr(), s.password)
		}
	}
	conn, err := d.DialContext(ctx, "tcp", s.peer.address.String())
	if err != nil {
		return nil, err
	}
	return conn.(*net.TCPConn), nil
}

// mayConnect reports whether a router may connect.
func (s *Settings) mayConnect(router netip.Addr) bool {
	return slices.ContainsFunc(s.bmpRouters, func(p netip.Prefix) bool { return p.Contains(router) })
}
