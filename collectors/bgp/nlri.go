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

// Rest is what was not walked over yet.
func (n *NLRI) Rest() []byte { return n.b }

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

// NLRILength is the size of the first NLRI of a family that is not Native, path identifier apart: what is needed to step
// over it. The families count in bits (labelled, VPN and RT constraint), in octets behind a type (EVPN, MVPN, BGP-LS) or
// in octets (FlowSpec).
func NLRILength(afi uint16, safi uint8, b []byte) (int, error) {
	const (
		bgpLS           = 16388
		mvpn, evpn      = 5, 70
		flow, flowVPN   = 133, 134
		linkState, lsVP = 71, 72
	)
	n := 0
	switch {
	case safi == flow || safi == flowVPN:
		switch {
		case len(b) >= 1 && b[0] < 0xf0:
			n = 1 + int(b[0])
		case len(b) >= 2:
			n = 2 + int(binary.BigEndian.Uint16(b)&0x0fff)
		}
	case afi == bgpLS || safi == linkState || safi == lsVP:
		if len(b) >= 4 {
			n = 4 + int(binary.BigEndian.Uint16(b[2:]))
		}
	case safi == evpn || safi == mvpn:
		if len(b) >= 2 {
			n = 2 + int(b[1])
		}
	case len(b) >= 1:
		n = 1 + (int(b[0])+7)/8
	}
	if n == 0 || n > len(b) {
		return 0, fmt.Errorf("NLRI of %s: %w", FamilyName(afi, safi), ErrShort)
	}
	return n, nil
}

// PathIDs tells whether NLRI carry path identifiers: what the record says, unless the bytes make sense in the other way
// only. BIRD and FRR wrote ADD-PATH sessions into subtypes that do not say so, and FRR writes families for which ADD-PATH
// was not negotiated into subtypes that do.
func PathIDs(b []byte, afi uint16, said bool) bool {
	return said != (!sensible(b, afi, said) && sensible(b, afi, !said))
}

// sensible tells whether NLRI are whole and hold no more than one default route: read in the wrong way they are
// malformed, or hold it over and over.
func sensible(b []byte, afi uint16, pathIDs bool) bool {
	defaults := 0
	for all := Prefixes(b, afi, pathIDs); all.More(); {
		p, _, err := all.Next()
		if err != nil {
			return false
		}
		if p.Bits() == 0 {
			if defaults++; defaults > 1 {
				return false
			}
		}
	}
	return true
}
