package bmp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"tidemark/collectors/bgp"
)

// Envelope is the header that OpenBMP's collector puts before a message of a router on its message bus, and that message (OpenBMP's Message
// Bus API, "raw" feed, version 1.7 of the header).
type Envelope struct {
	Time      time.Time  // when OpenBMP's collector received the message, in UTC; zero: unknown
	Collector string     // the administrative ID of OpenBMP's collector
	Router    netip.Addr // that sent the message
	Group     string     // of the router, as its operator named it
	Message   []byte     // of BMP, with its common header; lent
}

const (
	envelopeMajor    = 1
	envelopeOfRouter = 0x80 // flag: of a router, not of OpenBMP's collector itself
	envelopeIPv6     = 0x40 // flag: the address of the router is of IPv6
	envelopeBMP      = 12   // type of object
	hashSize         = 16
	addressSize      = 16 // of which IPv4 has the first four octets
)

var errNotEnveloped = errors.New("no BMP message of a router behind OpenBMP's header")

// ParseEnvelope parses a message of the bus.
func ParseEnvelope(b []byte) (e Envelope, err error) {
	if len(b) < openBMPHeader+2 || string(b[:4]) != openBMP {
		return e, errNotEnveloped
	}
	size, messageSize := int(binary.BigEndian.Uint16(b[6:])), binary.BigEndian.Uint32(b[8:])
	flags, kind := b[openBMPHeader], b[openBMPHeader+1]
	switch {
	case b[4] != envelopeMajor:
		return e, fmt.Errorf("OpenBMP's header has version %d.%d (want %d.x)", b[4], b[5], envelopeMajor)
	case flags&envelopeOfRouter == 0 || kind != envelopeBMP:
		return e, errNotEnveloped
	case size < openBMPHeader+2 || size > len(b) || uint64(len(b)-size) != uint64(messageSize):
		return e, fmt.Errorf("OpenBMP's header claims %d and %d octets of %d: %w", size, messageSize, len(b), bgp.ErrShort)
	}
	if err := e.parseHeader(b[openBMPHeader+2:size], flags&envelopeIPv6 != 0); err != nil {
		return e, fmt.Errorf("OpenBMP's header: %w", err)
	}
	if e.Message = b[size:]; !isHeader(e.Message) || uint64(binary.BigEndian.Uint32(e.Message[1:])) != uint64(len(e.Message)) {
		return e, errNotEnveloped
	}
	return e, nil
}

// parseHeader parses the header from its time on.
func (e *Envelope) parseHeader(b []byte, ipv6 bool) error {
	const times = 8
	if len(b) < times+hashSize {
		return bgp.ErrShort
	}
	if seconds, micros := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:]); seconds != 0 {
		e.Time = time.Unix(int64(seconds), int64(micros)*1000).UTC()
	}
	var err error
	if e.Collector, b, err = splitText(b[times+hashSize:]); err != nil {
		return err
	}
	if len(b) < hashSize+addressSize {
		return bgp.ErrShort
	}
	b = b[hashSize:]
	if e.Router = netip.AddrFrom4([4]byte(b)); ipv6 {
		e.Router = netip.AddrFrom16([16]byte(b))
	}
	e.Group, _, err = splitText(b[addressSize:]) // the number of rows follows, which is one
	return err
}

// splitText returns the text behind its length of two octets, and what follows.
func splitText(b []byte) (text string, rest []byte, err error) {
	if len(b) < 2 || len(b) < 2+int(binary.BigEndian.Uint16(b)) {
		return "", nil, bgp.ErrShort
	}
	n := 2 + int(binary.BigEndian.Uint16(b))
	return string(b[2:n]), b[n:], nil
}

// Kind returns the type of a message (RFC 7854 section 4.1).
func Kind(message []byte) uint8 { return message[5] }

// Router translates the messages of one router, of which some may be missing.
type Router struct{ translator }

// NewRouter returns a translator for a router of which nothing is known.
func NewRouter() *Router { return &Router{*newTranslator()} }

// Peers returns how many of the router's peers are known to be up.
func (r *Router) Peers() int { return len(r.sessions) }

// Records returns a message, which is as long as its header says, as records of MRT. They are lent until the next call.
func (r *Router) Records(message []byte) ([]byte, error) {
	r.out = r.out[:0]
	err := r.translate(Kind(message), message[HeaderSize:])
	return r.out, err
}
