package record

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tidemark/collectors/bgp"
	"tidemark/collectors/bmp"
	"tidemark/collectors/mrt"
	"tidemark/internal/testkit"
	"tidemark/internal/testkit/fuzz"
)

// FuzzWire: whatever a peer sends behind its OPEN, the process goes on, the other session loses nothing, and the file has whole records.
func FuzzWire(t *testing.F) {
	f := fuzz.With(t)
	f.Add(slices.Concat(keepalive, announce(netip.MustParsePrefix("192.0.2.0/24"), nil)))
	f.Add(append(bytes.Repeat([]byte{255}, 16), 0, 18, 2))
	f.Add(slices.Concat(keepalive, bgp.AppendMessage(nil, bgp.MessageUpdate, []byte{255, 255, 0, 0})))
	f.Add(slices.Concat(keepalive, bgp.AppendMessage(nil, bgp.MessageUpdate, []byte{0, 0, 0, 5, 0x90, 14, 0, 200, 1})))
	f.Add(slices.Concat(keepalive, bgp.AppendMessage(nil, bgp.MessageNotification, nil)))
	f.Add(slices.Concat(keepalive, bgp.AppendMessage(nil, bgp.MessageOpen, []byte{4})))
	f.Fuzz(func(t *testing.T, sent []byte) {
		p := newPlace(t)
		s := p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true})
		r := p.open(s)
		other := r.Source("other")
		h := mrt.Header{Peer: mrt.Peer{Address: netip.MustParseAddr("192.0.2.7"), ASN: 64507}}
		far, done := accepted(t, r)
		far.Write(append(everything(64501, false).AppendOpen(nil, 90, netip.MustParseAddr("10.0.0.9")), sent...))
		far.CloseWrite()
		for i := range 5 {
			if err := other.Message(h, announce(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), 0, 0}), 16), nil)); err != nil {
				t.Fatal(err)
			}
		}
		<-done
		far.Close()
		p.finishNow(r)
		n := 0
		for _, rec := range p.records(updatesPrefix) {
			if m, err := rec.ParseMessage(); err == nil && m.Peer == h.Peer && !m.StateChange {
				n++
			}
		}
		if n != 5 {
			t.Errorf("%d of 5 messages of the other session are in the file", n)
		}
	})
}

// FuzzBMP: whatever a router sends, the process goes on, and the file has whole records.
func FuzzBMP(t *testing.F) {
	f := fuzz.With(t)
	stream := bmpStream()
	f.Add(stream)
	f.Add(stream[:len(stream)-3])
	f.Add(append(slices.Clone(stream), 3, 255, 255, 255, 255, 0))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, sent []byte) {
		p := newPlace(t)
		r := p.openBMP("127.0.0.0/8")
		near, far := tcpPair(t)
		done := make(chan struct{})
		go func() {
			defer close(done)
			defer near.Close()
			r.router(context.Background(), near, &routers{connected: map[netip.Addr]bool{}})
		}()
		far.Write(sent)
		far.CloseWrite()
		<-done
		far.Close()
		p.finishNow(r)
		p.records(updatesPrefix) // which fails on one that is cut
	})
}

// bmpStream returns what a router sends: two peers come up, say the same, and one goes down.
func bmpStream() (stream []byte) {
	message := func(kind byte, body ...[]byte) {
		all := slices.Concat(body...)
		stream = binary.BigEndian.AppendUint32(append(stream, 3), uint32(6+len(all)))
		stream = append(append(stream, kind), all...)
	}
	peer := func(last byte) []byte {
		header := make([]byte, 42)
		header[25], header[29], header[33] = last, 1, last // address, AS, BGP identifier; no time (RFC 7854 section 4.2)
		return header
	}
	open := everything(1, false).AppendOpen(nil, 90, netip.MustParseAddr("10.0.0.9"))
	message(4, []byte{0, 2, 0, 1, 'r'})
	for last := range byte(2) {
		message(3, peer(last+1), make([]byte, 20), open, open)
		message(0, peer(last+1), announce(netip.MustParsePrefix("192.0.2.0/24"), nil))
	}
	message(2, peer(1), []byte{4})
	return stream
}

// TestBMP: what a router reports is recorded as the translation of a saved stream has it, with the time of its receipt; the end of the
// connection ends the sessions of its peers.
func TestBMP(t *testing.T) {
	stream := bmpStream()
	p := newPlace(t)
	r := p.openBMP("127.0.0.0/8")
	near, far := tcpPair(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.router(context.Background(), near, &routers{connected: map[netip.Addr]bool{}})
	}()
	far.Write(stream)
	far.Close()
	<-done
	p.finishNow(r)
	var want []string
	for rec, err := range mrt.NewReader(bmp.NewReader(bytes.NewReader(stream), "stream", func(err error) { t.Error(err) }), "stream").Records() {
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, rec.SubtypeName()+string(rec.Body))
	}
	got := p.records(updatesPrefix)
	if len(want) != 9 || len(got) != len(want)+1 {
		t.Fatalf("%d records of %d, want one more, the end of the second peer", len(got), len(want))
	}
	for i, w := range want {
		if rec := got[i]; rec.SubtypeName()+string(rec.Body) != w || !rec.Time().Equal(time.UnixMicro(p.clock.Load())) {
			t.Errorf("record %d differs", i)
		}
	}
	if m, err := got[len(want)].ParseMessage(); err != nil || m.OldState != established || m.NewState != idle || m.Peer.Address.String() != "0.0.0.2" {
		t.Errorf("behind the stream: %+v, %v", m, err)
	}
}

// TestForeignRouter: a router that is not allowed is not listened to.
func TestForeignRouter(t *testing.T) {
	p := newPlace(t)
	r := p.openBMP("192.0.2.1")
	near, _ := tcpPair(t)
	r.router(context.Background(), near, &routers{connected: map[netip.Addr]bool{}})
	if r.Status().Refused != 1 {
		t.Error("the connection was not refused")
	}
	p.finishNow(r)
}

// TestPassword: with a password, a peer that signs is heard, and one that does not cannot connect.
func TestPassword(t *testing.T) {
	for _, loopback := range []string{"127.0.0.1", "::1"} {
		t.Run(loopback, func(t *testing.T) {
			address := netip.MustParseAddr(loopback)
			peer := &Peer{Address: loopback, address: netip.AddrPortFrom(address, 0)}
			speakers := map[netip.Addr]*speaker{address: {peer: peer, password: "secret"}}
			l, err := listenWithKeys(t.Context(), netip.AddrPortFrom(address, 0), speakers)
			if errors.Is(err, unix.ENOPROTOOPT) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EADDRNOTAVAIL) {
				t.Skip(err)
			} else if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			for password, want := range map[string]bool{"secret": true, "wrong": false, "": false} {
				s := speaker{peer: &Peer{address: l.Addr().(*net.TCPAddr).AddrPort()}, password: password}
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				conn, err := s.dial(ctx)
				cancel()
				if (err == nil) != want {
					t.Errorf("with password %q: %v", password, err)
				}
				if err == nil {
					conn.Close()
				}
			}
		})
	}
}

// TestStop: Run listens, records, and ends with its context; the file is in the archive then.
func TestStop(t *testing.T) {
	p := newPlace(t)
	s := p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true})
	s.listenAddrs = []netip.AddrPort{netip.MustParseAddrPort(testkit.FreeAddress(t))}
	r := p.open(s)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	var conn net.Conn
	until(t, "a connection", func() bool {
		var err error
		conn, err = net.Dial("tcp4", s.listenAddrs[0].String())
		return err == nil
	})
	conn.Write(append(everything(64501, false).AppendOpen(nil, 90, netip.MustParseAddr("10.0.0.9")), keepalive...))
	until(t, "a session", func() bool { return len(r.Status().Peers) == 1 && r.Status().Peers[0].Up })
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	told, _ := io.ReadAll(conn)
	if want := bgp.AppendMessage(nil, bgp.MessageNotification, []byte{cease, shutdown}); !bytes.HasSuffix(told, want) {
		t.Errorf("the peer was told %x, want Administrative Shutdown at the end", told)
	}
	if names := p.names(); len(names) != 1 {
		t.Errorf("files %q, want one", names)
	}
	last, err := ReadStatus(r.state)
	if err != nil || len(last.Peers) != 1 || last.Peers[0].Up || !last.Stopped || len(last.Waiting) > 0 {
		t.Errorf("status %+v, %v", last, err)
	}
}
