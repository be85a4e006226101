package record

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/collectors/archive"
	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// place is an archive with a recorder.
type place struct {
	t     testing.TB
	dir   string
	files *archive.Archive
	clock atomic.Int64 // microseconds since 1970
}

func newPlace(t testing.TB) *place {
	p := &place{t: t, dir: t.TempDir()}
	p.files = &archive.Archive{Dir: filepath.Join(p.dir, "archive")}
	p.clock.Store(time.Date(2026, 1, 2, 7, 58, 0, 250000, time.UTC).UnixMicro())
	return p
}

func (p *place) options() Options {
	return Options{
		Files: p.files, State: filepath.Join(p.dir, "record.json"), Clock: func() time.Time { return time.UnixMicro(p.clock.Load()) },
		Keep: func(_ context.Context, raw archive.Raw, file string) error {
			_, _, err := p.files.Keep(raw, file)
			return err
		},
	}
}

// settings returns settings for some peers on loopback, which are checked.
func (p *place) settings(peers ...Peer) *Settings {
	p.t.Helper()
	s := &Settings{Collector: "here", ASN: 64500, RouterID: "10.0.0.1", Listen: []string{"127.0.0.1:0"}, Families: []string{"ipv4-unicast", "ipv6-unicast", "l2vpn-evpn"}, Peers: peers}
	if err := s.Check(p.dir); err != nil {
		p.t.Fatal(err)
	}
	return s
}

func (p *place) open(s *Settings) *Recorder {
	p.t.Helper()
	r, err := Open(s, p.options())
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// openBMP opens a recorder for routers of an address or a prefix.
func (p *place) openBMP(routers string) *Recorder {
	p.t.Helper()
	s := &Settings{Collector: "here", BMP: BMP{"127.0.0.1:0", []string{routers}}}
	if err := s.Check(""); err != nil {
		p.t.Fatal(err)
	}
	return p.open(s)
}

// records returns the records of the files of the archive whose names begin with prefix, in their order.
func (p *place) records(prefix string) (all []mrt.Record) {
	p.t.Helper()
	raws, err := p.files.List("mrt")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, raw := range raws {
		if !strings.HasPrefix(raw.Name, prefix) {
			continue
		}
		in, err := raw.Open()
		if err != nil {
			p.t.Fatal(err)
		}
		for rec, err := range mrt.NewReader(in, raw.Name).Records() {
			if err != nil {
				p.t.Fatal(err)
			}
			rec.Body = slices.Clone(rec.Body)
			all = append(all, *rec)
		}
		in.Close()
	}
	return all
}

// remotePeer is the other end of a session.
type remotePeer struct {
	*net.TCPConn
	t  testing.TB
	in *bufio.Reader
}

// talk connects a remote peer to a recorder.
func talk(t testing.TB, r *Recorder, s *Settings, capabilities bgp.Capabilities) *remotePeer {
	t.Helper()
	near, far := tcpPair(t)
	speakers, err := r.speakers()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer near.Close()
		r.incoming(ctx, near, speakers)
	}()
	t.Cleanup(func() {
		cancel()
		far.Close()
		<-done
	})
	peer := &remotePeer{far, t, bufio.NewReader(far)}
	peer.send(capabilities.AppendOpen(nil, 90, netip.MustParseAddr("10.0.0.9")))
	return peer
}

// tcpPair returns both ends of a connection over loopback.
func tcpPair(t testing.TB) (near, far *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	dialled := make(chan net.Conn, 1)
	go func() {
		c, _ := net.Dial("tcp", l.Addr().String())
		dialled <- c
	}()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return c.(*net.TCPConn), (<-dialled).(*net.TCPConn)
}

// accepted lets a peer connect to a recorder. It returns the peer's end, and what is closed when the session is over.
func accepted(t testing.TB, r *Recorder) (far *net.TCPConn, done chan struct{}) {
	t.Helper()
	near, far := tcpPair(t)
	speakers, err := r.speakers()
	if err != nil {
		t.Fatal(err)
	}
	done = make(chan struct{})
	go func() {
		defer close(done)
		defer near.Close()
		r.incoming(context.Background(), near, speakers)
	}()
	return far, done
}

func (p *remotePeer) send(b []byte) {
	if _, err := p.Write(b); err != nil {
		p.t.Logf("sending: %v", err)
	}
}

// receive returns the next message.
func (p *remotePeer) receive() ([]byte, error) {
	p.SetReadDeadline(time.Now().Add(20 * time.Second))
	b := make([]byte, messageHeader)
	if _, err := io.ReadFull(p.in, b); err != nil {
		return nil, err
	}
	b = append(b, make([]byte, int(binary.BigEndian.Uint16(b[16:]))-messageHeader)...)
	_, err := io.ReadFull(p.in, b[messageHeader:])
	return b, err
}

var keepalive = bgp.AppendMessage(nil, bgp.MessageKeepalive, nil)

func everything(asn uint32, addPath bool) bgp.Capabilities {
	c := bgp.Capabilities{ASN: asn, FourOctets: true, Families: map[bgp.Family]bool{}, Receive: map[bgp.Family]bool{}}
	for _, f := range []bgp.Family{{AFI: bgp.IPv4, SAFI: bgp.Unicast}, {AFI: bgp.IPv6, SAFI: bgp.Unicast}} {
		c.Families[f], c.Receive[f] = true, addPath
	}
	return c
}

// announce returns an UPDATE that announces an IPv4 prefix with an octet of an unknown attribute, so that bytes that are decoded and
// encoded again would differ.
func announce(prefix netip.Prefix, id []byte) []byte {
	attributes := []byte{0x50, 1, 0, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfb, 0xf5, 0x40, 3, 4, 127, 0, 0, 1, 0xe0, 99, 1, 7}
	body := binary.BigEndian.AppendUint16([]byte{0, 0}, uint16(len(attributes)))
	body = append(append(body, attributes...), id...)
	body = append(append(body, byte(prefix.Bits())), prefix.Addr().AsSlice()[:(prefix.Bits()+7)/8]...)
	return bgp.AppendMessage(nil, bgp.MessageUpdate, body)
}

func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

func (r *Recorder) messages() (n int64) {
	for _, p := range r.Status().Peers {
		n += p.Messages
	}
	return n
}

// finishNow brings everything into the archive.
func (p *place) finishNow(r *Recorder) {
	p.t.Helper()
	if err := r.stop(context.Background()); err != nil {
		p.t.Fatal(err)
	}
}

// TestSession: what a peer sends lies in the archive as it was sent, and the table is dumped; the peer is sent nothing but OPEN, KEEPALIVE
// and NOTIFICATION, also where it would take routes.
func TestSession(t *testing.T) {
	p := newPlace(t)
	s := p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true})
	r := p.open(s)
	peer := talk(t, r, s, everything(64501, false))
	heard := make(chan []bgp.MessageType, 1)
	go func() {
		var kinds []bgp.MessageType
		for {
			m, err := peer.receive()
			if err != nil {
				heard <- kinds
				return
			}
			kinds = append(kinds, bgp.MessageType(m[messageHeader-1]))
		}
	}()
	peer.send(keepalive)
	var sent [][]byte
	for i := range 20 {
		m := announce(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i), 0, 0}), 16), nil)
		sent = append(sent, m)
		peer.send(m)
	}
	until(t, "messages", func() bool { return r.messages() == 22 })
	p.clock.Add((3 * time.Minute).Microseconds())
	if err := r.Sync(); err != nil {
		t.Fatal(err)
	}
	peer.send(bgp.AppendMessage(nil, bgp.MessageNotification, []byte{6, 2}))
	until(t, "the end", func() bool { return !r.Status().Peers[0].Up })
	peer.CloseWrite()
	kinds := <-heard
	p.finishNow(r)

	if !slices.Equal(kinds, []bgp.MessageType{bgp.MessageOpen, bgp.MessageKeepalive}) {
		t.Errorf("the peer received messages of types %v, want OPEN and KEEPALIVE", kinds)
	}
	var got [][]byte
	var states []string
	for _, rec := range p.records("updates.") {
		m, err := rec.ParseMessage()
		if err != nil || m.Peer.ASN != 64501 || m.Collector.ASN != 64500 || m.Peer.Address.String() != "127.0.0.1" || rec.Type != mrt.BGP4MPET || rec.Micros != 250 {
			t.Fatalf("%s: %+v, %v", rec.Name(), m, err)
		}
		if m.StateChange {
			states = append(states, fmt.Sprint(m.OldState, m.NewState))
		} else if m.Kind == bgp.MessageUpdate {
			got = append(got, rec.Body[len(rec.Body)-len(m.Body)-messageHeader:])
		}
	}
	if !slices.EqualFunc(got, sent, bytes.Equal) {
		t.Errorf("%d UPDATE messages are in the files, want the %d as they were sent", len(got), len(sent))
	}
	if want := []string{"3 4", "4 5", "5 6", "6 1"}; !slices.Equal(states, want) {
		t.Errorf("states %q, want %q", states, want)
	}
	rib := mrt.NewRIB()
	routes := map[netip.Prefix]bool{}
	for _, rec := range p.records("rib.20260102.0800") {
		if _, err := rib.Entries(&rec, func(e *mrt.Entry) { routes[e.Prefix] = true }); err != nil {
			t.Error(err)
		}
	}
	if len(routes) != 20 || len(rib.Peers) != 1 || rib.Peers[0].BGPID.String() != "10.0.0.9" {
		t.Errorf("the table dump has %d routes of %+v, want 20", len(routes), rib.Peers)
	}
	raws, _ := p.files.List("mrt")
	var names []string
	for _, raw := range raws {
		names = append(names, raw.Name)
	}
	slices.Sort(names)
	if want := []string{"rib.20260102.0800.gz", "updates.20260102.0755.gz", "updates.20260102.0800.gz"}; !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
}

// TestSubtypes: with ADD-PATH the subtype says so, and a speaker of two octets gives records of two.
func TestSubtypes(t *testing.T) {
	two := everything(64501, false)
	two.FourOctets = false
	paths := everything(64501, false)
	for name, c := range map[string]struct {
		open  []byte
		want  string
		after []byte
	}{
		"four octets":      {paths.AppendOpen(nil, 90, netip.MustParseAddr("10.0.0.9")), "MESSAGE_AS4", nil},
		"two octets":       {two.AppendOpen(nil, 90, netip.MustParseAddr("10.0.0.9")), "MESSAGE", nil},
		"path identifiers": {sendsPaths(paths), "MESSAGE_AS4_ADDPATH", []byte{0, 0, 0, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			s := p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true})
			r := p.open(s)
			far, done := accepted(t, r)
			far.Write(slices.Concat(c.open, keepalive, announce(netip.MustParsePrefix("192.0.2.0/24"), c.after)))
			until(t, "messages", func() bool { return r.messages() == 3 })
			far.Close()
			<-done
			p.finishNow(r)
			all := p.records("updates.")
			var names []string
			for _, rec := range all {
				if m, _ := rec.ParseMessage(); m.Kind == bgp.MessageUpdate {
					names = append(names, rec.SubtypeName())
				}
			}
			if !slices.Equal(names, []string{c.want}) {
				t.Errorf("UPDATE in %q, want %s", names, c.want)
			}
		})
	}
}

// sendsPaths returns the OPEN of a speaker that sends path identifiers of IPv4 (RFC 7911), which a recorder never does.
func sendsPaths(c bgp.Capabilities) []byte {
	open := c.AppendOpen(nil, 90, netip.MustParseAddr("10.0.0.9"))
	open = append(open, 2, 6, 69, 4, 0, 1, 1, 2)
	open[messageHeader+9] += 8
	binary.BigEndian.PutUint16(open[16:], uint16(len(open)))
	return open
}

// TestRefused: who is not configured, or says something else than is configured, is told why and costs nobody else anything.
func TestRefused(t *testing.T) {
	other := everything(64999, false)
	for name, c := range map[string]struct {
		bytes         []byte
		code, subcode uint8
	}{
		"another AS":        {other.AppendOpen(nil, 90, netip.MustParseAddr("10.0.0.9")), 2, 2},
		"short hold time":   {everything(64501, false).AppendOpen(nil, 2, netip.MustParseAddr("10.0.0.9")), 2, 6},
		"no identifier":     {everything(64501, false).AppendOpen(nil, 90, netip.IPv4Unspecified()), 2, 3},
		"not BGP":           {[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 1, 1},
		"length below 19":   {append(bytes.Repeat([]byte{255}, 16), 0, 18, 2), 1, 2},
		"length above 4096": {append(bytes.Repeat([]byte{255}, 16), 255, 255, 2), 1, 2},
		"unknown type":      {bgp.AppendMessage(nil, 77, nil), 1, 3},
		"KEEPALIVE first":   {keepalive, 5, 1},
		"cut OPEN":          {bgp.AppendMessage(nil, bgp.MessageOpen, []byte{4, 0}), 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			s := p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true})
			r := p.open(s)
			far, done := accepted(t, r)
			peer := &remotePeer{far, t, bufio.NewReader(far)}
			peer.send(c.bytes)
			if m, err := peer.receive(); err != nil || bgp.MessageType(m[18]) != bgp.MessageOpen {
				t.Fatal(m, err)
			}
			m, err := peer.receive()
			if err != nil || bgp.MessageType(m[18]) != bgp.MessageNotification || m[19] != c.code || m[20] != c.subcode {
				t.Errorf("the peer was answered %v, %v, want notification %d/%d", m, err, c.code, c.subcode)
			}
			far.Close()
			<-done
			p.finishNow(r)
		})
	}
}

// TestKilledSessions: the next recorder ends the sessions that were up when one was killed, cuts a torn record, and goes on with the file.
func TestKilledSessions(t *testing.T) {
	p := newPlace(t)
	s := p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true})
	killed := p.open(s)
	h := mrt.Header{Peer: mrt.Peer{Address: netip.MustParseAddr("127.0.0.1"), ASN: 64501}, Collector: mrt.Peer{Address: netip.MustParseAddr("127.0.0.2"), ASN: 64500}}
	source := killed.Source("bgp")
	if err := errors.Join(source.State(h, openConfirm, established), source.Message(h, keepalive), killed.saveStatus(), killed.Sync()); err != nil {
		t.Fatal(err)
	}
	path := killed.partPath(killed.part.name)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.Write([]byte{1, 2, 3, 4, 0, 17, 0, 4, 0, 0, 0, 50, 9, 9})
	f.Close()
	r := p.open(s)
	p.finishNow(r)
	var all []string
	for _, rec := range p.records("updates.") {
		m, err := rec.ParseMessage()
		all = append(all, fmt.Sprint(m.Kind, m.OldState, m.NewState, m.Collector.Address, err))
	}
	if want := []string{"0 5 6 127.0.0.2 <nil>", "4 0 0 127.0.0.2 <nil>", "0 6 1 127.0.0.2 <nil>"}; !slices.Equal(all, want) {
		t.Errorf("records %q, want %q", all, want)
	}
	again := p.open(s)
	p.finishNow(again)
	if names := p.names(); !slices.Equal(names, []string{"updates.20260102.0755.gz", "updates.20260102.0758.gz"}) {
		t.Errorf("files %q: one that begins within an interval whose file is there has the name of its minute", names)
	}
}

func (p *place) names() (names []string) {
	raws, err := p.files.List("mrt")
	if err != nil {
		p.t.Fatal(err)
	}
	for _, raw := range raws {
		names = append(names, raw.Name)
	}
	slices.Sort(names)
	return names
}

// TestBusyArchive: files wait until the archive accepts them.
func TestBusyArchive(t *testing.T) {
	p := newPlace(t)
	o := p.options()
	busy, take := true, o.Keep
	o.Keep = func(ctx context.Context, raw archive.Raw, file string) error {
		if busy {
			return errors.New("a run is at work")
		}
		return take(ctx, raw, file)
	}
	r, err := Open(p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true}), o)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p.clock.Add((5 * time.Minute).Microseconds())
		if err := r.Sync(); err != nil {
			t.Fatal(err)
		}
		r.finishAll(context.Background())
	}
	if names := p.names(); len(names) > 0 || len(r.ready) != 3 {
		t.Errorf("%q are in the archive, %d wait; want 3 that wait", names, len(r.ready))
	}
	busy = false
	p.finishNow(r)
	if names := p.names(); len(names) != 4 {
		t.Errorf("%q are in the archive, want 4 files", names)
	}
	if left, _ := os.ReadDir(r.dir); len(left) > 0 {
		t.Errorf("%v are left", left)
	}
}

// TestSources: a peer belongs to one source at a time.
func TestSources(t *testing.T) {
	p := newPlace(t)
	r := p.open(p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true}))
	h := mrt.Header{Peer: mrt.Peer{Address: netip.MustParseAddr("2001:db8::1"), ASN: 64501}}
	first, second := r.Source("bmp 192.0.2.1"), r.Source("bmp 192.0.2.2")
	if err := first.Message(h, keepalive); err != nil {
		t.Fatal(err)
	}
	if err := second.Message(h, keepalive); !errors.Is(err, errTaken) {
		t.Errorf("%v, want %v", err, errTaken)
	}
	if err := errors.Join(first.Close(), second.Message(h, keepalive)); err != nil {
		t.Error(err)
	}
	if err := errors.Join(second.State(h, established, idle), first.Message(h, keepalive)); err != nil {
		t.Error(err)
	}
	p.finishNow(r)
}

// TestMemory: a peer whose routes take more than it may have is not listened to any more, and others are.
func TestMemory(t *testing.T) {
	p := newPlace(t)
	s := p.settings(Peer{Address: "127.0.0.1", ASN: 64501, Passive: true})
	s.peerMemory = 1 << 20
	r := p.open(s)
	r.compacts = 1 << 20
	greedy, modest := r.Source("bgp"), r.Source("other")
	h := mrt.Header{Peer: mrt.Peer{Address: netip.MustParseAddr("127.0.0.1"), ASN: 64501}}
	var err error
	sent := 0
	for ; err == nil && sent < 1<<20; sent++ {
		err = greedy.Message(h, announce(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(sent >> 16), byte(sent >> 8), byte(sent)}), 32), nil))
	}
	if !errors.Is(err, errMemory) {
		t.Fatalf("%v after %d messages, want %v", err, sent, errMemory)
	}
	h.Peer.ASN++
	if err := errors.Join(greedy.Close(), modest.Message(h, announce(netip.MustParsePrefix("192.0.2.0/24"), nil))); err != nil {
		t.Error(err)
	}
	r.compact()
	if size := r.table.Size(); size > 1<<10 {
		t.Errorf("the table takes %d bytes after the session ended, want one route", size)
	}
	p.finishNow(r)
}

// TestMistakes: every mistake in the settings is answered with what would be right.
func TestMistakes(t *testing.T) {
	good := func() Settings {
		return Settings{Collector: "here", ASN: 64500, RouterID: "10.0.0.1", Listen: []string{"127.0.0.1:179"}, Peers: []Peer{{Address: "192.0.2.1", ASN: 64501, Passive: true}}}
	}
	if s := good(); s.Check("") != nil {
		t.Fatal(s.Check(""))
	}
	changes := map[string]func(*Settings){
		"record.collector: invalid name": func(s *Settings) { s.Collector = "../x" },
		"nothing to record; want a [[record.peer]], [record.bmp], [record.ris_live] or [record.routeviews]": func(s *Settings) { s.Peers = nil },
		"record.as":                                   func(s *Settings) { s.ASN = 0 },
		"record.router_id":                            func(s *Settings) { s.RouterID = "::1" },
		"record.listen: invalid address":              func(s *Settings) { s.Listen = []string{"*:179"} },
		"record.rotate: 7m0s does not divide an hour": func(s *Settings) { s.Rotate = "7m" },
		"record.rotate: invalid duration":             func(s *Settings) { s.Rotate = "often" },
		"record.dump: 7h0m0s does not divide a day":   func(s *Settings) { s.Dump = "7h" },
		"record.sync: 2m is longer":                   func(s *Settings) { s.Sync = "2m" },
		"record.peer_memory":                          func(s *Settings) { s.PeerMemory = "much" },
		`did you mean "ipv4-unicast"`:                 func(s *Settings) { s.Families = []string{"ipv4-unicas"} },
		"record.listen names no address":              func(s *Settings) { s.Listen = nil },
		"there are two of this address":               func(s *Settings) { s.Peers = append(s.Peers, s.Peers[0]) },
		"the AS number (as)":                          func(s *Settings) { s.Peers[0].ASN = 0 },
		"local: invalid address":                      func(s *Settings) { s.Peers[0].Local = "::1" },
		"want one of them":                            func(s *Settings) { s.Peers[0].PasswordEnv, s.Peers[0].PasswordFile = "A", "b" },
		"record.bmp.routers: want":                    func(s *Settings) { s.BMP.Listen = "127.0.0.1:1" },
		"record.bmp.routers: invalid address":         func(s *Settings) { s.BMP = BMP{"127.0.0.1:1", []string{"router"}} },
		"record.bmp.listen: invalid address":          func(s *Settings) { s.BMP = BMP{"bmp", nil} },
		"invalid address \"192.0.2.1:x\" (want":       func(s *Settings) { s.Peers[0].Address = "192.0.2.1:x" },
	}
	for _, want := range slices.Sorted(maps.Keys(changes)) {
		s := good()
		changes[want](&s)
		if err := s.Check(""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
