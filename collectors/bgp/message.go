package bgp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// Message types (RFC 4271 section 4.1, RFC 2918).
const (
	Open         = 1
	UpdateType   = 2
	Notification = 3
	Keepalive    = 4
	RouteRefresh = 5
)

// ParseHeader checks a message's header and gives its type and body. Markers are not looked at: collectors write what
// they received.
func ParseHeader(b []byte) (kind uint8, body []byte, err error) {
	if len(b) < 19 {
		return 0, nil, fmt.Errorf("BGP message header: %w", ErrShort)
	}
	size := int(binary.BigEndian.Uint16(b[16:]))
	if size < 19 || size > len(b) {
		return b[18], nil, fmt.Errorf("BGP message claims %d octets of %d: %w", size, len(b), ErrShort)
	}
	return b[18], b[19:size], nil
}

// Update is an UPDATE message (RFC 4271 section 4.3), its parts lent.
type Update struct {
	Withdrawn  []byte // IPv4 NLRI
	Attributes []byte
	NLRI       []byte // IPv4
}

// ParseUpdate parts an UPDATE message's body.
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

// EndOfRIB tells whether the message, whose attributes are a, marks the end of a session's initial table, and of which
// family (RFC 4724 section 2): an UPDATE without anything, or with an empty MP_UNREACH_NLRI alone.
func (u *Update) EndOfRIB(a *Attributes) (f Family, is bool) {
	if len(u.Withdrawn) > 0 || len(u.NLRI) > 0 {
		return f, false
	}
	if len(u.Attributes) == 0 {
		return Family{IPv4, Unicast}, true
	}
	if a.Has(TypeUnreach) && len(a.Unreach.NLRI) == 0 && !a.Has(TypeASPath) {
		return Family{a.Unreach.AFI, a.Unreach.SAFI}, true
	}
	return f, false
}

// OpenMessage is an OPEN (RFC 4271 section 4.2). AS is the 2-octet field: TransASN where the speaker's does not fit.
type OpenMessage struct {
	Version    uint8
	AS         uint16
	HoldTime   uint16 // seconds
	ID         netip.Addr
	Parameters []byte // optional parameters, raw; lent
}

// ParseOpen reads an OPEN's body.
func ParseOpen(b []byte) (o OpenMessage, err error) {
	if len(b) < 10 || len(b) < 10+int(b[9]) {
		return o, fmt.Errorf("OPEN of %d octets: %w", len(b), ErrShort)
	}
	return OpenMessage{
		Version: b[0], AS: binary.BigEndian.Uint16(b[1:]), HoldTime: binary.BigEndian.Uint16(b[3:]),
		ID: netip.AddrFrom4([4]byte(b[5:9])), Parameters: b[10 : 10+int(b[9])],
	}, nil
}
