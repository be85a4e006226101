package bmp

import (
	"encoding/binary"

	"tidemark/collectors/bgp"
)

// capabilities are those of an OPEN message that change how a session's messages are read.
type capabilities struct {
	asn        uint32 // of four octets where the speaker has the capability (RFC 6793)
	fourOctets bool
	send       map[bgp.Family]bool
	receive    map[bgp.Family]bool // path identifiers (RFC 7911)
}

// capabilitiesOf reads an OPEN message, as far as it is well formed.
func capabilitiesOf(pdu []byte) capabilities {
	c := capabilities{send: map[bgp.Family]bool{}, receive: map[bgp.Family]bool{}}
	const header, fixed = 19, 10
	if len(pdu) < header+fixed {
		return c
	}
	b := pdu[header:]
	c.asn = uint32(binary.BigEndian.Uint16(b[1:]))
	b = b[fixed:]
	lengthOctets := 1
	if pdu[header+fixed-1] == 255 && len(b) >= 3 && b[0] == 255 { // extended (RFC 9072)
		b, lengthOctets = b[3:], 2
	}
	const capability = 2
	for {
		kind, value, rest, ok := tlv(b, lengthOctets)
		if !ok {
			return c
		}
		b = rest
		if kind == capability {
			c.parse(value)
		}
	}
}

// tlv returns the first triple of a type of one octet, a length and a value.
func tlv(b []byte, lengthOctets int) (kind uint8, value, rest []byte, ok bool) {
	if len(b) < 1+lengthOctets {
		return 0, nil, nil, false
	}
	n := int(b[1])
	if lengthOctets == 2 {
		n = int(binary.BigEndian.Uint16(b[1:]))
	}
	head := 1 + lengthOctets
	if len(b) < head+n {
		return 0, nil, nil, false
	}
	return b[0], b[head : head+n], b[head+n:], true
}

// parse reads the capabilities of one optional parameter (RFC 5492).
func (c *capabilities) parse(b []byte) {
	const fourOctetAS, addPath = 65, 69
	for {
		code, value, rest, ok := tlv(b, 1)
		if !ok {
			return
		}
		b = rest
		switch {
		case code == fourOctetAS && len(value) == 4:
			c.asn, c.fourOctets = binary.BigEndian.Uint32(value), true
		case code == addPath:
			for ; len(value) >= 4; value = value[4:] {
				f := bgp.Family{AFI: bgp.AFI(binary.BigEndian.Uint16(value)), SAFI: bgp.SAFI(value[2])}
				const receive, send = 1, 2
				c.receive[f] = value[3]&receive != 0
				c.send[f] = value[3]&send != 0
			}
		}
	}
}

// pathIDs returns the families in which what one speaker sends to the other has path identifiers.
func pathIDs(from, to capabilities) map[bgp.Family]bool {
	families := map[bgp.Family]bool{}
	for f, sends := range from.send {
		if sends && to.receive[f] {
			families[f] = true
		}
	}
	return families
}

// familyOf returns the family of an UPDATE's NLRI: a router puts one into each when it has several.
func familyOf(pdu []byte) bgp.Family {
	const header = 19
	v4 := bgp.Family{AFI: bgp.IPv4, SAFI: bgp.Unicast}
	if bgp.MessageType(pdu[header-1]) != bgp.MessageUpdate {
		return bgp.Family{}
	}
	u, err := bgp.ParseUpdate(pdu[header:])
	if err != nil || len(u.NLRI) > 0 || len(u.Withdrawn) > 0 {
		return v4
	}
	for a, err := range bgp.Split(u.Attributes) {
		if err == nil && (a.Type == bgp.TypeReach || a.Type == bgp.TypeUnreach) && len(a.Value) >= 3 {
			return bgp.Family{AFI: bgp.AFI(binary.BigEndian.Uint16(a.Value)), SAFI: bgp.SAFI(a.Value[2])}
		}
	}
	return v4
}
