package bgp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// NLRI walks over the prefixes of an NLRI or withdrawn-routes field (RFC 4271 section 4.3).
type NLRI struct {
	b       []byte
	bits    int // of an address of the family
	addPath bool
}

// Prefixes walks b, whose prefixes are of the given AFI (IPv4 or IPv6).
func Prefixes(b []byte, afi uint16, addPath bool) NLRI {
	bits := 32
	if afi == IPv6 {
		bits = 128
	}
	return NLRI{b, bits, addPath}
}

// More tells whether bytes are left.
func (n *NLRI) More() bool { return len(n.b) > 0 }

// Next gives the next prefix, with the bits past its length cleared, and its path identifier. An error ends the walk.
func (n *NLRI) Next() (prefix netip.Prefix, pathID uint32, err error) {
	if n.addPath {
		if len(n.b) < 4 {
			n.b = nil
			return prefix, 0, fmt.Errorf("path identifier: %w", ErrShort)
		}
		pathID, n.b = binary.BigEndian.Uint32(n.b), n.b[4:]
	}
	if len(n.b) == 0 {
		return prefix, 0, fmt.Errorf("prefix length: %w", ErrShort)
	}
	prefix, rest, err := ParsePrefix(n.b, n.bits)
	n.b = rest
	return prefix, pathID, err
}

// ParsePrefix reads a length octet and as many octets of the address as it needs. The bits past the length are cleared.
func ParsePrefix(b []byte, addressBits int) (prefix netip.Prefix, rest []byte, err error) {
	if len(b) == 0 {
		return prefix, nil, fmt.Errorf("prefix length: %w", ErrShort)
	}
	length := int(b[0])
	if length > addressBits {
		return prefix, nil, fmt.Errorf("prefix length %d is over %d", length, addressBits)
	}
	octets := (length + 7) / 8
	if len(b) < 1+octets {
		return prefix, nil, fmt.Errorf("prefix of length %d: %w", length, ErrShort)
	}
	var address netip.Addr
	if addressBits == 32 {
		var a [4]byte
		copy(a[:], b[1:1+octets])
		address = netip.AddrFrom4(a)
	} else {
		var a [16]byte
		copy(a[:], b[1:1+octets])
		address = netip.AddrFrom16(a)
	}
	return netip.PrefixFrom(address, length).Masked(), b[1+octets:], nil
}
