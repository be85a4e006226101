package record

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"tidemark/collectors/bgp"
	"tidemark/collectors/mrt"
)

// speaker is the collector's end of the sessions with a peer, of which there is one at a time.
type speaker struct {
	recorder *Recorder
	peer     *Peer
	password string
	busy     atomic.Bool // a session is there; of passive peers
	wasUp    bool        // the last session was established
}

// session is a BGP session (RFC 4271 section 8) in which the collector only listens.
type session struct {
	conn    *net.TCPConn
	in      *bufio.Reader
	source  *Source
	header  mrt.Header
	ours    bgp.Capabilities
	hold    time.Duration // 0: there is no limit
	paths   map[bgp.Family]bool
	message [maxMessage]byte

	writing sync.Mutex
}

const (
	maxMessage    = 4096 // octets (RFC 4271 section 4.1); longer ones (RFC 8654) are not offered
	messageHeader = 19
	holdTime      = 90 * time.Second // RFC 4271 section 10
	writeTimeout  = 20 * time.Second
	lingering     = time.Second // for the peer to read a NOTIFICATION
)

// notification is why a session ends, as the peer is told (RFC 4271 section 4.5).
type notification struct {
	code, subcode uint8
	data          []byte
	why           string
}

func (n *notification) Error() string { return n.why }

// Codes and subcodes of notifications (RFC 4271 section 4.5, RFC 4486).
const (
	headerError, notSynchronized, badLength, badType       = 1, 1, 2, 3
	openError, badVersion, badPeerAS, badID, badHoldTime   = 2, 1, 2, 3, 6
	holdExpired, stateError                                = 4, 5
	cease, maxPrefixes, shutdown, rejected, outOfResources = 6, 1, 2, 5, 8
	stateOpenSent, stateOpenConfirm, stateEstablished      = 1, 2, 3 // subcodes of stateError (RFC 6608)
)

// refuseConnection tells a peer that it is not talked with here.
func refuseConnection(conn *net.TCPConn) {
	s := session{conn: conn}
	s.notify(&notification{code: cease, subcode: rejected})
}

// converse holds a session until it ends. from is the state before it.
func (s *speaker) converse(ctx context.Context, conn *net.TCPConn, from uint16) (err error) {
	s.wasUp = false
	b := newSession(s, conn)
	defer func() {
		err = errors.Join(err, b.source.Close())
	}()
	stopKeepalives := func() {}
	defer func() { stopKeepalives() }()
	defer context.AfterFunc(ctx, func() { conn.SetReadDeadline(time.Unix(1, 0)) })()
	defer func() {
		switch {
		case errors.Is(err, errPaused), errors.Is(context.Cause(ctx), errPaused):
			err = &notification{code: cease, subcode: outOfResources, why: errPaused.Error()}
		case ctx.Err() != nil:
			err = &notification{code: cease, subcode: shutdown, why: "the collector stops"}
		}
		var why *notification
		if errors.As(err, &why) {
			b.notify(why)
		}
	}()
	if err := b.open(ctx, s, from); err != nil {
		return err
	}
	stopKeepalives = b.keepAlive(ctx)
	if err := b.confirm(ctx); err != nil {
		return err
	}
	s.wasUp = true
	s.recorder.log.Info("the session with " + s.peer.Address + " is up")
	for {
		if err := b.receive(ctx); err != nil {
			return err
		}
	}
}

func newSession(s *speaker, conn *net.TCPConn) *session {
	settings := s.recorder.settings
	b := &session{
		conn: conn, in: bufio.NewReaderSize(conn, 64<<10), source: s.recorder.Source(bgpSource), hold: holdTime,
		ours: bgp.Capabilities{ASN: settings.ASN, FourOctets: true, Families: map[bgp.Family]bool{}, Receive: map[bgp.Family]bool{}},
	}
	for _, f := range settings.families {
		b.ours.Families[f], b.ours.Receive[f] = true, true
	}
	local := conn.LocalAddr().(*net.TCPAddr).AddrPort().Addr().Unmap().WithZone("")
	b.header = mrt.Header{Peer: mrt.Peer{Address: s.peer.address.Addr().WithZone(""), ASN: s.peer.ASN}, Collector: mrt.Peer{Address: local, ASN: settings.ASN}}
	return b
}

// open sends an OPEN message and waits for the peer's.
func (b *session) open(ctx context.Context, s *speaker, from uint16) error {
	if err := b.source.State(b.header, from, openSent); err != nil {
		return err
	}
	id := s.recorder.settings.id
	if err := b.write(b.ours.AppendOpen(nil, uint16(holdTime/time.Second), id)); err != nil {
		return err
	}
	message, err := b.readRecorded(ctx)
	if err != nil {
		return err
	}
	switch bgp.MessageType(message[messageHeader-1]) {
	case bgp.MessageOpen:
	case bgp.MessageNotification:
		return errNotified(message)
	default:
		return &notification{code: stateError, subcode: stateOpenSent, why: "the peer's first message is not an OPEN"}
	}
	open, err := bgp.ParseOpen(message[messageHeader:])
	if err != nil {
		return &notification{code: openError, why: err.Error()}
	}
	theirs := bgp.CapabilitiesOf(message)
	if err := checkOpen(&open, theirs.ASN, b.header.Peer.ASN); err != nil {
		return err
	}
	b.hold = min(b.hold, time.Duration(open.HoldTime)*time.Second)
	b.header.TwoOctets = !theirs.FourOctets
	b.paths = theirs.PathIDsTo(b.ours)
	return b.source.State(b.header, openSent, openConfirm)
}

// checkOpen returns why an OPEN message is not accepted (RFC 4271 section 6.2).
func checkOpen(o *bgp.OpenMessage, asn, want uint32) error {
	switch {
	case o.Version != 4:
		return &notification{openError, badVersion, []byte{0, 4}, fmt.Sprintf("the peer speaks version %d of BGP", o.Version)}
	case asn != want:
		return &notification{openError, badPeerAS, nil, fmt.Sprintf("the peer is of AS%d, and AS%d is configured", asn, want)}
	case o.HoldTime == 1 || o.HoldTime == 2:
		return &notification{openError, badHoldTime, nil, fmt.Sprintf("the peer wants a hold time of %d s", o.HoldTime)}
	case o.ID.IsUnspecified():
		return &notification{openError, badID, nil, "the peer's BGP identifier is 0.0.0.0"}
	}
	return nil
}

// confirm waits for the KEEPALIVE that establishes the session.
func (b *session) confirm(ctx context.Context) error {
	message, err := b.readRecorded(ctx)
	if err != nil {
		return err
	}
	switch bgp.MessageType(message[messageHeader-1]) {
	case bgp.MessageKeepalive:
		return b.source.State(b.header, openConfirm, established)
	case bgp.MessageNotification:
		return errNotified(message)
	}
	return &notification{code: stateError, subcode: stateOpenConfirm, why: "the peer's second message is not a KEEPALIVE"}
}

// receive records a message of an established session. One that is malformed is recorded like any other: what it says of routes is for
// those to judge who read the file.
func (b *session) receive(ctx context.Context) error {
	message, err := b.read(ctx)
	if err != nil {
		return err
	}
	h := b.header
	switch bgp.MessageType(message[messageHeader-1]) {
	case bgp.MessageUpdate:
		h.AddPath = len(b.paths) > 0 && b.paths[bgp.FamilyOf(message)]
	default:
		h.TwoOctets = false
	}
	if err := b.source.Message(h, message); err != nil {
		if errors.Is(err, errMemory) {
			return &notification{code: cease, subcode: maxPrefixes, why: err.Error()}
		}
		return &notification{code: cease, subcode: outOfResources, why: err.Error()}
	}
	switch bgp.MessageType(message[messageHeader-1]) {
	case bgp.MessageNotification:
		return errNotified(message)
	case bgp.MessageOpen:
		return &notification{code: stateError, subcode: stateEstablished, why: "the peer sent a second OPEN"}
	}
	return nil
}

func errNotified(message []byte) error {
	if len(message) < messageHeader+2 {
		return errors.New("the peer ended it, without a reason")
	}
	return fmt.Errorf("the peer ended it: notification %d/%d", message[messageHeader], message[messageHeader+1])
}

// read reads a message, which is valid until the next one is read.
func (b *session) read(ctx context.Context) ([]byte, error) {
	limit := time.Time{}
	if b.hold > 0 {
		limit = time.Now().Add(b.hold)
	}
	if err := b.conn.SetReadDeadline(limit); err != nil {
		return nil, err
	}
	if ctx.Err() != nil { // it may have ended before the line above
		return nil, ctx.Err()
	}
	head := b.message[:messageHeader]
	if _, err := io.ReadFull(b.in, head); err != nil {
		return nil, b.readError(err)
	}
	for _, octet := range head[:16] {
		if octet != 0xff {
			return nil, &notification{headerError, notSynchronized, nil, "the peer sent something that is not a BGP message"}
		}
	}
	size, kind := int(binary.BigEndian.Uint16(head[16:])), bgp.MessageType(head[18])
	if size < messageHeader || size > maxMessage {
		return nil, &notification{headerError, badLength, head[16:18], fmt.Sprintf("the peer sent a message of %d octets", size)}
	}
	if kind < bgp.MessageOpen || kind > bgp.MessageRouteRefresh {
		return nil, &notification{headerError, badType, head[18:19], fmt.Sprintf("the peer sent a message of type %d", kind)}
	}
	message := b.message[:size]
	_, err := io.ReadFull(b.in, message[messageHeader:])
	return message, b.readError(err)
}

// readRecorded reads a message that comes before the session is established, and records it.
func (b *session) readRecorded(ctx context.Context) ([]byte, error) {
	message, err := b.read(ctx)
	if err != nil {
		return nil, err
	}
	return message, b.source.Message(b.header, message)
}

func (b *session) readError(err error) error {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return &notification{code: holdExpired, why: fmt.Sprintf("the peer was silent for %s", b.hold)}
	}
	return err
}

func (b *session) write(message []byte) error {
	b.writing.Lock()
	defer b.writing.Unlock()
	if err := b.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := b.conn.Write(message)
	return err
}

func (b *session) notify(n *notification) {
	b.write(bgp.AppendMessage(nil, bgp.MessageNotification, append([]byte{n.code, n.subcode}, n.data...))) // the session ends either way
	b.conn.CloseWrite()
	b.conn.SetReadDeadline(time.Now().Add(lingering))
	io.Copy(io.Discard, b.conn) // closing a connection with something unread resets it, and the peer may never read why
}

// keepAlive sends KEEPALIVE messages until the returned function is called. The first one accepts the peer's OPEN.
func (b *session) keepAlive(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			if err := b.write(bgp.AppendMessage(nil, bgp.MessageKeepalive, nil)); err != nil {
				b.conn.Close() // which reading notices
				return
			}
			every := b.hold / 3
			if every == 0 {
				return
			}
			sleep(ctx, every)
			if ctx.Err() != nil {
				return
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}
