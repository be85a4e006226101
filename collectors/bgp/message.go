package bgp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
)

// MessageType is the type of a BGP message (RFC 4271 section 4.1, RFC 2918).
type MessageType uint8

// The message types.
const (
	MessageOpen         MessageType = 1
	MessageUpdate       MessageType = 2
	MessageNotification MessageType = 3
	MessageKeepalive    MessageType = 4
	MessageRouteRefresh MessageType = 5
)

// ErrCut means that a message claims more octets than there are: its writer cut it.
var ErrCut = errors.New("the message is cut")

// ParseHeader checks a message's header and returns its type and body. It ignores the marker, since collectors write
// whatever they received. Of a message that is cut it returns the body as far as it goes, and ErrCut.
func ParseHeader(b []byte) (kind MessageType, body []byte, err error) {
	if len(b) < 19 {
		return 0, nil, fmt.Errorf("BGP message header: %w", ErrShort)
	}
	kind = MessageType(b[18])
	size := int(binary.BigEndian.Uint16(b[16:]))
	switch {
	case size < 19:
		return kind, nil, fmt.Errorf("BGP message claims %d octets, a header has 19", size)
	case size > len(b):
		return kind, b[19:], fmt.Errorf("BGP message claims %d octets of %d: %w", size, len(b), ErrCut)
	}
	return kind, b[19:size], nil
}

// Update holds the fields of an UPDATE message (RFC 4271 section 4.3). They are lent.
type Update struct {
	Withdrawn  []byte // IPv4 NLRI
	Attributes []byte
	NLRI       []byte // IPv4
}

// ParseUpdate splits the body of an UPDATE message into its fields. On error the fields before the damage are set.
func ParseUpdate(body []byte) (u Update, err error) {
	field := func(name string) []byte {
		if err != nil {
			return nil
		}
		if len(body) < 2 {
			err = fmt.Errorf("length of %s: %w", name, ErrShort)
			return nil
		}
		n := int(binary.BigEndian.Uint16(body))
		if len(body) < 2+n {
			err = fmt.Errorf("%s of %d octets: %w", name, n, ErrShort)
			return nil
		}
		part := body[2 : 2+n]
		body = body[2+n:]
		return part
	}
	u.Withdrawn = field("withdrawn routes")
	u.Attributes = field("path attributes")
	u.NLRI = body
	return u, err
}

// EndOfRIB reports whether the message, whose decoded attributes are a, is an End-of-RIB marker, and of which family (RFC
// 4724 section 2): an empty UPDATE, or one that has nothing but an empty MP_UNREACH_NLRI.
func (u *Update) EndOfRIB(a *Attributes) (f Family, ok bool) {
	if len(u.Withdrawn) > 0 || len(u.NLRI) > 0 {
		return f, false
	}
	if len(u.Attributes) == 0 {
		return Family{IPv4, Unicast}, true
	}
	var alone TypeSet
	alone.Add(TypeUnreach)
	return a.Unreach.Family, a.met == alone && a.Has(TypeUnreach) && len(a.Unreach.NLRI) == 0
}

// OpenMessage holds the fields of an OPEN message (RFC 4271 section 4.2, RFC 9072). AS is the 2-octet field: TransASN if the
// speaker's number does not fit.
type OpenMessage struct {
	Version    uint8
	AS         uint16
	HoldTime   uint16 // seconds
	ID         netip.Addr
	Parameters []byte // optional parameters, undecoded; lent
}

// ParseOpen parses the body of an OPEN message. The parameters are those of the extended form where it is used, without its
// length.
func ParseOpen(b []byte) (o OpenMessage, err error) {
	if len(b) < 10 {
		return o, fmt.Errorf("OPEN of %d octets: %w", len(b), ErrShort)
	}
	o = OpenMessage{Version: b[0], AS: binary.BigEndian.Uint16(b[1:]), HoldTime: binary.BigEndian.Uint16(b[3:]), ID: netip.AddrFrom4([4]byte(b[5:9]))}
	size, rest := int(b[9]), b[10:]
	const extended = 255 // RFC 9072 section 2: as the length, and as the type that follows it
	if size != 0 && len(rest) > 0 && rest[0] == extended {
		if len(rest) < 3 {
			return o, fmt.Errorf("extended length of the parameters: %w", ErrShort)
		}
		size, rest = int(binary.BigEndian.Uint16(rest[1:])), rest[3:]
	}
	if len(rest) < size {
		return o, fmt.Errorf("optional parameters of %d octets: %w", size, ErrShort)
	}
	o.Parameters = rest[:size]
	return o, nil
}
