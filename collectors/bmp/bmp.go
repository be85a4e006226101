// Package bmp reads what was recorded of BGP sessions in other forms than MRT, as a collector would have written it in MRT: streams
// of BMP messages (RFC 7854), and packet captures (pcap, pcapng) of BMP and of BGP (RFC 4271) itself. A file of BMP is what a
// monitoring station saved: one message behind the other, or each behind the header that OpenBMP puts before it.
//
//	message                                              MRT record (RFC 6396 section 4.4, RFC 8050)
//	Route Monitoring, of the peer's RIB before policy    BGP4MP_ET MESSAGE, MESSAGE_AS4, _ADDPATH
//	Route Monitoring, of Adj-RIB-Out (RFC 8671)          the same, _LOCAL
//	Route Monitoring, of Loc-RIB (RFC 9069)              the same, of a peer with the address 0.0.0.0 or ::
//	Route Monitoring, of a RIB after policy              left out, and reported: MRT has no word for it
//	Route Mirroring                                      the same as Route Monitoring
//	Peer Up                                              STATE_CHANGE_AS4 to Established, and both OPEN messages
//	Peer Down                                            the NOTIFICATION if there is one, and STATE_CHANGE_AS4 to Idle
//	Initiation, Termination, Statistics                  none
//
// Of BGP in a capture each end of a session is a peer, whose messages become BGP4MP_ET MESSAGE, MESSAGE_AS4 or _ADDPATH by the
// capabilities in the OPEN messages of both ends; its first KEEPALIVE, and a NOTIFICATION or the end of the connection, become
// STATE_CHANGE_AS4.
package bmp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/netip"

	"tidemark/collectors/bgp"
)

// Message types (RFC 7854 section 4.1).
const (
	RouteMonitoring = 0
	statistics      = 1
	PeerDown        = 2
	PeerUp          = 3
	initiation      = 4
	termination     = 5
	routeMirroring  = 6
)

const (
	version    = 3
	HeaderSize = 6  // octets of the common header
	PeerSize   = 42 // octets of the per-peer header (RFC 7854 section 4.2)
	// maxMessage bounds a message, in bytes. The largest BGP message has 65,535 octets, and a Peer Up has two.
	maxMessage = 1 << 20
	// maxSessions bounds the peers of a router that are known to be up.
	maxSessions = 1 << 16

	openBMP       = "OBMP"
	openBMPHeader = 12 // magic, version, and the lengths of header and message
)

// Is reports whether content that starts so is BMP. As MRT it would be of 1971, and of a type that does not exist.
func Is(start []byte) bool {
	if len(start) >= openBMPHeader && string(start[:4]) == openBMP {
		n := int(binary.BigEndian.Uint16(start[6:]))
		return n >= openBMPHeader && (len(start) < n || len(start) < n+HeaderSize || isHeader(start[n:]))
	}
	if !isHeader(start) {
		return false
	}
	size := int(binary.BigEndian.Uint32(start[1:]))
	return len(start) <= size || len(start) < size+HeaderSize || isHeader(start[size:]) // the next one
}

func isHeader(b []byte) bool {
	if len(b) < HeaderSize {
		return false
	}
	size := binary.BigEndian.Uint32(b[1:])
	return b[0] == version && b[5] <= routeMirroring && size >= HeaderSize && size <= maxMessage
}

// Content returns content as MRT: BMP and captures are translated, and anything else is left as it is. Errors name it file; what
// cannot be translated is passed to report, and a Note of what a capture has besides.
func Content(in *bufio.Reader, file string, report func(error)) (io.Reader, error) {
	start, err := in.Peek(512)
	if len(start) == 0 && err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case Is(start):
		return NewReader(in, file, report), nil
	case IsCapture(start):
		return NewCaptureReader(in, file, report)
	}
	return in, nil
}

// NewReader returns the messages in a stream as MRT. Errors name it file; what cannot be translated is passed to report.
func NewReader(in io.Reader, file string, report func(error)) io.Reader {
	return &reader{in: bufio.NewReader(in), file: file, report: report, translator: newTranslator()}
}

type reader struct {
	*translator
	in     *bufio.Reader
	file   string
	report func(error)
	number int   // of the message
	offset int64 // of the message
	err    error
}

// translator translates the messages of one router.
type translator struct {
	sessions    map[sessionKey]*session
	out         []byte                           // translated, and not yet read
	afterPolicy int                              // messages that were left out
	captured    struct{ seconds, micros uint32 } // when the message was captured, for one without a time; zero: unknown
}

func newTranslator() *translator { return &translator{sessions: map[sessionKey]*session{}} }

// leftOut returns what was left out as an error; nil if nothing was.
func (r *translator) leftOut(file string) error {
	if r.afterPolicy == 0 {
		return nil
	}
	return fmt.Errorf("%s: %d messages of RIBs after policy are left out", file, r.afterPolicy)
}

// sessionKey tells the peers of a router apart (RFC 7854 section 4.2).
type sessionKey struct {
	kind          uint8
	distinguisher [8]byte
	address       [16]byte
	asn           uint32
}

// session is what the Peer Up message said.
type session struct {
	local   netip.Addr
	asn     uint32
	in, out map[bgp.Family]bool // with path identifiers
}

func (r *reader) Read(p []byte) (int, error) {
	for len(r.out) == 0 && r.err == nil {
		r.out = r.out[:0]
		r.err = r.next()
	}
	if len(r.out) == 0 {
		return 0, r.err
	}
	n := copy(p, r.out)
	r.out = r.out[n:]
	return n, nil
}

// next translates a message.
func (r *reader) next() error {
	size, body, err := r.message()
	if err == io.EOF {
		if left := r.leftOut(r.file); left != nil {
			r.report(left)
		}
		return io.EOF
	}
	if err != nil {
		return fmt.Errorf("BMP message %d, byte %d: %w", r.number+1, r.offset, err)
	}
	r.number++
	if err := r.translate(body[5], body[HeaderSize:]); err != nil {
		r.report(fmt.Errorf("%s: BMP message %d, byte %d: %w", r.file, r.number, r.offset, err))
	}
	r.offset += size
	return nil
}

var (
	errNotBMP = errors.New("no BMP message here; what follows is not read")
	errCut    = errors.New("the file ends inside a BMP message")
)

// message reads a message and returns its size in the stream.
func (r *reader) message() (size int64, body []byte, err error) {
	if start, err := r.in.Peek(openBMPHeader); err == nil && string(start[:4]) == openBMP {
		size = int64(binary.BigEndian.Uint16(start[6:]))
		if size < openBMPHeader {
			return 0, nil, errNotBMP
		}
		if _, err := r.in.Discard(int(size)); err != nil {
			return 0, nil, errCut
		}
	}
	start, err := r.in.Peek(HeaderSize)
	switch {
	case err == io.EOF && len(start) == 0 && size == 0:
		return 0, nil, io.EOF
	case err == io.EOF:
		return 0, nil, errCut
	case err != nil:
		return 0, nil, err
	case !isHeader(start):
		return 0, nil, errNotBMP
	}
	body, err = octets(r.in, binary.BigEndian.Uint32(start[1:]))
	if err == io.ErrUnexpectedEOF {
		err = errCut
	}
	if err != nil {
		return 0, nil, err
	}
	return size + int64(len(body)), body, nil
}

// peerHeader is the per-peer header (RFC 7854 section 4.2).
type peerHeader struct {
	key     sessionKey
	flags   uint8
	address netip.Addr
	asn     uint32
	seconds uint32
	micros  uint32
}

// Flags of the per-peer header.
const (
	flagIPv6       = 0x80
	FlagPostPolicy = 0x40
	FlagTwoOctets  = 0x20 // AS_PATH has AS numbers of two octets
	FlagOut        = 0x10 // of Adj-RIB-Out (RFC 8671)

	LocRIB = 3 // type of peer (RFC 9069), which has flags of its own
)

func parsePeer(b []byte) (p peerHeader, rest []byte, err error) {
	if len(b) < PeerSize {
		return p, nil, fmt.Errorf("per-peer header: %w", bgp.ErrShort)
	}
	p.key = sessionKey{b[0], [8]byte(b[2:]), [16]byte(b[10:]), binary.BigEndian.Uint32(b[26:])}
	p.flags = b[1]
	if b[0] == LocRIB {
		p.flags = 0
	}
	p.address = address(b[10:26], p.flags&flagIPv6 != 0)
	p.asn, p.seconds, p.micros = p.key.asn, binary.BigEndian.Uint32(b[34:]), binary.BigEndian.Uint32(b[38:])
	return p, b[PeerSize:], nil
}

// address reads an address of 16 octets; that of IPv4 is in the last four.
func address(b []byte, ipv6 bool) netip.Addr {
	if ipv6 {
		return netip.AddrFrom16([16]byte(b))
	}
	return netip.AddrFrom4([4]byte(b[12:]))
}

// translate appends the records that say what a message says.
func (r *translator) translate(kind uint8, b []byte) error {
	switch kind {
	case initiation, termination, statistics:
		return nil
	}
	p, b, err := parsePeer(b)
	if err != nil {
		return err
	}
	if p.seconds == 0 { // unavailable (RFC 7854 section 4.2)
		p.seconds, p.micros = r.captured.seconds, r.captured.micros
	}
	switch kind {
	case PeerUp:
		return r.up(&p, b)
	case PeerDown:
		return r.down(&p, b)
	case routeMirroring:
		return r.mirrored(&p, b)
	}
	return r.monitored(&p, b)
}

// monitored translates Route Monitoring.
func (r *translator) monitored(p *peerHeader, b []byte) error {
	if p.flags&FlagPostPolicy != 0 {
		r.afterPolicy++
		return nil
	}
	pdu, _, err := splitPDU(b)
	if err != nil {
		return err
	}
	r.bgp(p, pdu, p.flags&FlagOut != 0)
	return nil
}

// mirrored translates Route Mirroring (RFC 7854 section 4.7).
func (r *translator) mirrored(p *peerHeader, b []byte) error {
	const aMessage = 0
	for len(b) > 0 {
		if len(b) < 4 || len(b) < 4+int(binary.BigEndian.Uint16(b[2:])) {
			return fmt.Errorf("a TLV of Route Mirroring: %w", bgp.ErrShort)
		}
		kind, value := binary.BigEndian.Uint16(b), b[4:4+int(binary.BigEndian.Uint16(b[2:]))]
		b = b[4+len(value):]
		if kind != aMessage {
			continue
		}
		pdu, _, err := splitPDU(value)
		if err != nil {
			return err
		}
		r.bgp(p, pdu, false)
	}
	return nil
}

// States of a session (RFC 6396 section 4.4.1).
const (
	idle        = 1
	openConfirm = 5
	established = 6
)

// up translates Peer Up (RFC 7854 section 4.10).
func (r *translator) up(p *peerHeader, b []byte) error {
	const head = 16 + 2 + 2 // address and ports
	if len(b) < head {
		return fmt.Errorf("message of a peer that came up: %w", bgp.ErrShort)
	}
	sent, rest, err := splitPDU(b[head:])
	if err != nil {
		return fmt.Errorf("the OPEN that was sent: %w", err)
	}
	received, _, err := splitPDU(rest)
	if err != nil {
		return fmt.Errorf("the OPEN that was received: %w", err)
	}
	if _, known := r.sessions[p.key]; !known && len(r.sessions) >= maxSessions {
		return fmt.Errorf("more than %d peers of a router are up; this one is left out", maxSessions)
	}
	ours, theirs := bgp.CapabilitiesOf(sent), bgp.CapabilitiesOf(received)
	r.sessions[p.key] = &session{local: address(b[:16], p.flags&flagIPv6 != 0), asn: ours.ASN, in: theirs.PathIDsTo(ours), out: ours.PathIDsTo(theirs)}
	r.bgp(p, sent, true)
	r.bgp(p, received, false)
	r.state(p, openConfirm, established)
	return nil
}

// down translates Peer Down (RFC 7854 section 4.9).
func (r *translator) down(p *peerHeader, b []byte) (err error) {
	const sentNotification, receivedNotification = 1, 3
	if len(b) > 0 && (b[0] == sentNotification || b[0] == receivedNotification) {
		var pdu []byte
		if pdu, _, err = splitPDU(b[1:]); err == nil {
			r.bgp(p, pdu, b[0] == sentNotification)
		}
	}
	r.state(p, established, idle)
	delete(r.sessions, p.key)
	return err
}

// splitPDU returns the BGP message at the start of b, and the rest.
func splitPDU(b []byte) (pdu, rest []byte, err error) {
	const header = 19
	if len(b) < header {
		return nil, nil, fmt.Errorf("BGP message header: %w", bgp.ErrShort)
	}
	n := int(binary.BigEndian.Uint16(b[16:]))
	if n < header || n > len(b) {
		return nil, nil, fmt.Errorf("BGP message of %d octets, where %d are left: %w", n, len(b), bgp.ErrShort)
	}
	return b[:n], b[n:], nil
}
