package bgp

import (
	"encoding/binary"
	"maps"
	"net/netip"
	"slices"
)

// Capabilities are those of an OPEN message that say how the session's messages are read (RFC 5492).
type Capabilities struct {
	ASN        uint32 // of four octets where the speaker has the capability (RFC 6793)
	FourOctets bool
	Families   map[Family]bool // RFC 4760
	Send       map[Family]bool // with path identifiers (RFC 7911)
	Receive    map[Family]bool // likewise
}

// Codes of capabilities (IANA registry "Capability Codes").
const (
	capabilityMultiprotocol = 1
	capabilityRouteRefresh  = 2
	capabilityFourOctetAS   = 65
	capabilityAddPath       = 69
)

// Directions of ADD-PATH (RFC 7911 section 4).
const (
	addPathReceive = 1
	addPathSend    = 2
)

// capabilityParameter is the type of the optional parameter that holds capabilities (RFC 5492 section 4).
const capabilityParameter = 2

// headerSize is the size of a message's header in octets (RFC 4271 section 4.1).
const headerSize = 19

// CapabilitiesOf reads an OPEN message with its header, as far as it is well formed.
func CapabilitiesOf(message []byte) Capabilities {
	c := Capabilities{Families: map[Family]bool{}, Send: map[Family]bool{}, Receive: map[Family]bool{}}
	const fixed = 10
	if len(message) < headerSize+fixed {
		return c
	}
	b := message[headerSize:]
	c.ASN = uint32(binary.BigEndian.Uint16(b[1:]))
	b = b[fixed:]
	lengthOctets := 1
	if message[headerSize+fixed-1] == 255 && len(b) >= 3 && b[0] == 255 { // extended (RFC 9072)
		b, lengthOctets = b[3:], 2
	}
	for {
		kind, value, rest, ok := tlv(b, lengthOctets)
		if !ok {
			return c
		}
		b = rest
		if kind == capabilityParameter {
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

// parse reads the capabilities of one optional parameter.
func (c *Capabilities) parse(b []byte) {
	for {
		code, value, rest, ok := tlv(b, 1)
		if !ok {
			return
		}
		b = rest
		switch {
		case code == capabilityMultiprotocol && len(value) == 4:
			c.Families[Family{AFI(binary.BigEndian.Uint16(value)), SAFI(value[3])}] = true
		case code == capabilityFourOctetAS && len(value) == 4:
			c.ASN, c.FourOctets = binary.BigEndian.Uint32(value), true
		case code == capabilityAddPath:
			for ; len(value) >= 4; value = value[4:] {
				f := Family{AFI(binary.BigEndian.Uint16(value)), SAFI(value[2])}
				c.Receive[f] = value[3]&addPathReceive != 0
				c.Send[f] = value[3]&addPathSend != 0
			}
		}
	}
}

// PathIDsTo returns the families in which what the speaker sends to another one has path identifiers.
func (c Capabilities) PathIDsTo(other Capabilities) map[Family]bool {
	families := map[Family]bool{}
	for f, sends := range c.Send {
		if sends && other.Receive[f] {
			families[f] = true
		}
	}
	return families
}

// AppendOpen appends an OPEN message (RFC 4271 section 4.2) that announces the capabilities, and that routes may be asked for again
// (RFC 2918). hold is in seconds. At most 30 families fit.
func (c Capabilities) AppendOpen(to []byte, hold uint16, id netip.Addr) []byte {
	asn := uint16(TransASN)
	if c.ASN <= 1<<16-1 {
		asn = uint16(c.ASN)
	}
	body := binary.BigEndian.AppendUint16([]byte{4}, asn)
	body = binary.BigEndian.AppendUint16(body, hold)
	body = append(body, id.AsSlice()...)
	all := c.append(nil)
	body = append(body, byte(len(all)+2), capabilityParameter, byte(len(all)))
	return AppendMessage(to, MessageOpen, append(body, all...))
}

func (c Capabilities) append(b []byte) []byte {
	capability := func(code uint8, value ...byte) { b = append(append(b, code, byte(len(value))), value...) }
	capability(capabilityRouteRefresh)
	if c.FourOctets {
		capability(capabilityFourOctetAS, binary.BigEndian.AppendUint32(nil, c.ASN)...)
	}
	var paths []byte
	for _, f := range slices.SortedFunc(maps.Keys(c.Families), Family.Compare) {
		afi := binary.BigEndian.AppendUint16(nil, uint16(f.AFI))
		capability(capabilityMultiprotocol, append(afi, 0, byte(f.SAFI))...)
		if c.Receive[f] {
			paths = append(append(paths, afi...), byte(f.SAFI), addPathReceive)
		}
	}
	if len(paths) > 0 {
		capability(capabilityAddPath, paths...)
	}
	return b
}

// AppendMessage appends a message with its header (RFC 4271 section 4.1).
func AppendMessage(to []byte, kind MessageType, body []byte) []byte {
	for range 16 {
		to = append(to, 0xff)
	}
	to = binary.BigEndian.AppendUint16(to, uint16(headerSize+len(body)))
	return append(append(to, byte(kind)), body...)
}

// FamilyOf returns the family of the NLRI of an UPDATE with its header: a router puts one into each when it has several. It is zero for
// a message of another type.
func FamilyOf(message []byte) Family {
	v4 := Family{IPv4, Unicast}
	if MessageType(message[headerSize-1]) != MessageUpdate {
		return Family{}
	}
	u, err := ParseUpdate(message[headerSize:])
	if err != nil || len(u.NLRI) > 0 || len(u.Withdrawn) > 0 {
		return v4
	}
	for a, err := range Split(u.Attributes) {
		if err == nil && (a.Type == TypeReach || a.Type == TypeUnreach) && len(a.Value) >= 3 {
			return Family{AFI(binary.BigEndian.Uint16(a.Value)), SAFI(a.Value[2])}
		}
	}
	return v4
}
