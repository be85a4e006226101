package record

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
	"tidemark/collectors/rislive"
	"tidemark/internal/fetch"
	"tidemark/internal/testkit"
)

// reserve is what the disks of these tests keep free, in bytes.
const reserve = 1000

// limited gives the archive a disk, and returns how much of that is free.
func (p *place) limited() *atomic.Uint64 {
	free := new(atomic.Uint64)
	free.Store(reserve + 2*minRoom)
	p.files.Client = fetch.New(fetch.Options{Reserve: reserve, Free: func(string) (uint64, error) { return free.Load(), nil }})
	return free
}

// TestReserve: while a peer floods the recorder the disk keeps its reserve: the peer is sent away with Cease, Out of Resources, and nobody
// is let in; all that was received lies in a finished file. Once there is room recording goes on in another one.
func TestReserve(t *testing.T) {
	p := newPlace(t)
	free := p.limited()
	address := testkit.FreeAddress(t)
	s := &Settings{Collector: "here", ASN: 64500, RouterID: "10.0.0.1", Listen: []string{address}, Sync: "10ms", Peers: []Peer{{Address: "127.0.0.1", ASN: 64501, Passive: true}}}
	if err := s.Check(p.dir); err != nil {
		t.Fatal(err)
	}
	r := p.open(s)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()

	flood(connected(t, address), func() { free.Store(reserve - 1) })
	until(t, "the state file", func() bool {
		saved, err := ReadStatus(p.options().State)
		if err != nil {
			t.Fatal(err)
		}
		return saved != nil && strings.Contains(saved.Paused, "fetch.reserve") && !saved.Stopped && !saved.Peers[0].Up
	})
	until(t, "a file", func() bool { return len(p.names()) == 1 })
	if all, want := p.records(updatesPrefix), r.messages(); int64(countMessages(all)) != want {
		t.Errorf("%d messages are in the file, want the %d that were received", countMessages(all), want)
	} else if m, err := all[len(all)-1].ParseMessage(); err != nil || !m.StateChange || m.OldState != established || m.NewState != idle {
		t.Errorf("the file ends with %+v, %v; want the end of the session", m, err)
	}
	free.Store(reserve + minRoom - 1) // what compressing has freed is not enough
	if conn, err := net.Dial("tcp4", address); err == nil {
		conn.Close()
		t.Error("a peer may connect while the disk is full")
	}

	before := r.messages()
	free.Store(reserve + minRoom)
	peer := connected(t, address)
	peer.send(numbered(1))
	until(t, "messages", func() bool { return r.messages() == before+3 })
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if names, want := p.names(), []string{"updates.20260102.0755.gz", "updates.20260102.0758.gz"}; !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
	if got := countMessages(p.records("updates.20260102.0758")); got != 3 {
		t.Errorf("%d messages are in the second file, want 3", got)
	}
	if saved, err := ReadStatus(p.options().State); err != nil || saved.Paused != "" || !saved.Stopped {
		t.Errorf("the state file has %+v, %v", saved, err)
	}
}

// connected returns a peer with a session at an address, once somebody listens there.
func connected(t testing.TB, address string) *remotePeer {
	t.Helper()
	var conn net.Conn
	until(t, "a connection", func() (is bool) {
		var err error
		conn, err = net.Dial("tcp4", address)
		return err == nil
	})
	t.Cleanup(func() { conn.Close() })
	peer := &remotePeer{conn.(*net.TCPConn), t, bufio.NewReader(conn)}
	peer.send(everything(64501, false).AppendOpen(nil, 90, netip.MustParseAddr("10.0.0.9")))
	peer.send(keepalive)
	for _, want := range []bgp.MessageType{bgp.MessageOpen, bgp.MessageKeepalive} {
		if m, err := peer.receive(); err != nil || bgp.MessageType(m[messageHeader-1]) != want {
			t.Fatalf("received %x, %v; want a message of type %d", m, err, want)
		}
	}
	return peer
}

// flood sends messages, of which one is answered with full, until the peer is sent away.
func flood(peer *remotePeer, full func()) {
	peer.t.Helper()
	told := make(chan []byte, 1)
	go func() {
		m, err := peer.receive()
		if err != nil {
			peer.t.Errorf("no NOTIFICATION: %v", err)
		}
		told <- m
	}()
	for n := uint32(0); ; n++ {
		if n == 100 {
			full()
		}
		select {
		case m := <-told:
			if want := bgp.AppendMessage(nil, bgp.MessageNotification, []byte{6, 8}); !slices.Equal(m, want) {
				peer.t.Errorf("received %x, want %x: Cease, Out of Resources", m, want)
			}
			return
		default:
			peer.Write(numbered(n))
		}
	}
}

func countMessages(all []mrt.Record) (n int) {
	for _, rec := range all {
		if m, err := rec.ParseMessage(); err == nil && !m.StateChange && !m.Local {
			n++
		}
	}
	return n
}

// TestReserveBetweenSyncs: between two syncs no more is written than between two looks at the disk, which has room for the file's
// compressed copy, too.
func TestReserveBetweenSyncs(t *testing.T) {
	p := newPlace(t)
	free := p.limited()
	r := p.open(p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true}))
	free.Store(reserve + spaceEvery - 64<<10)
	message := bgp.AppendMessage(nil, bgp.MessageUpdate, make([]byte, maxMessage-messageHeader))
	source := r.Source("other")
	var err error
	written := 0
	for ; err == nil; written += len(message) {
		err = source.Message(someone, message)
	}
	if !errors.Is(err, errPaused) || !errors.Is(err, fetch.ErrSpace) || written > spaceEvery {
		t.Errorf("%d bytes, then %v; want a pause within %d", written, err, spaceEvery)
	}
	if err := source.Message(someone, numbered(1)); !errors.Is(err, errPaused) {
		t.Errorf("a message in a pause: %v", err)
	}
	if err := r.Sync(); !errors.Is(err, errPaused) {
		t.Errorf("a sync in a pause: %v", err)
	}
	if err := source.Close(); err != nil {
		t.Errorf("the source's end in a pause: %v", err)
	}
	p.finishNow(r)
	if got, want := countMessages(p.records(updatesPrefix)), written/len(message); got != want {
		t.Errorf("%d messages are in the archive, want %d", got, want)
	}
}

// TestReserveOfRISLive: a pause does not end the sessions of RIS.
func TestReserveOfRISLive(t *testing.T) {
	p := newPlace(t)
	free := p.limited()
	s := &Settings{RISLive: &rislive.Options{URL: "ws://127.0.0.1:1/"}}
	s.Watch([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, nil)
	if err := s.Check(""); err != nil {
		t.Fatal(err)
	}
	r, err := OpenRISLive(s, p.options())
	if err != nil {
		t.Fatal(err)
	}
	message := func(number uint32) rislive.Message {
		return rislive.Message{Time: time.UnixMicro(p.clock.Load()), Host: "rrc00", PeerAddress: netip.MustParseAddr("198.51.100.1"), PeerASN: 64501, Raw: numbered(number)}
	}
	if err := errors.Join(r.live.record(message(0)), r.Sync()); err != nil {
		t.Fatal(err)
	}
	free.Store(reserve - 1)
	if err := r.Sync(); !errors.Is(err, errPaused) || r.Status().Paused == "" {
		t.Errorf("%v, status %+v; want a pause", err, r.Status())
	}
	if err := r.live.record(message(1)); !errors.Is(err, errPaused) {
		t.Errorf("a message in a pause: %v", err)
	}
	free.Store(reserve + minRoom)
	if resumed, err := r.resume(); !resumed || err != nil {
		t.Fatal(resumed, err)
	}
	if err := r.live.record(message(2)); err != nil {
		t.Error(err)
	}
	p.finishNow(r)
	if got, want := p.numbers(), []byte{0, 2}; !slices.Equal(got, want) || len(p.records(updatesPrefix)) != 2 {
		t.Errorf("messages %v of %d records are in the archive, want %v", got, len(p.records(updatesPrefix)), want)
	}
}

// TestReserveOfDumps: a table dump that the disk has no room for is not written to its end.
func TestReserveOfDumps(t *testing.T) {
	p := newPlace(t)
	free := p.limited()
	free.Store(reserve + spaceEvery - 1)
	file, err := os.Create(filepath.Join(p.dir, "rib"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	out, n := &sparing{files: p.files, file: file}, 0
	for ; err == nil; n++ {
		_, err = out.Write(make([]byte, 1<<20))
	}
	if stat, _ := file.Stat(); !errors.Is(err, fetch.ErrSpace) || stat.Size() >= 2*spaceEvery {
		t.Errorf("%v after %d MiB", err, n)
	}
}
