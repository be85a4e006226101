package bgp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// NLRI iterates over the prefixes of an NLRI or withdrawn-routes field (RFC 4271 section 4.3).
type NLRI struct {
	b       []byte
	bits    int // size of an address of the family
	addPath bool
}

// Prefixes returns an iterator over the NLRI of a Native family; addPath says whether each carries a path identifier
// (RFC 7911).
func Prefixes(b []byte, f Family, addPath bool) NLRI { return NLRI{b, f.bits(), addPath} }

// More reports whether bytes are left.
func (n *NLRI) More() bool { return len(n.b) > 0 }

// Rest returns the bytes that Next has not read yet.
func (n *NLRI) Rest() []byte { return n.b }

// Next returns the next prefix, with the bits past its length cleared, and its path identifier, 0 if it has none. After an
// error there is no more.
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
	prefix, rest, err := parsePrefix(n.b, n.bits)
	n.b = rest
	return prefix, pathID, err
}

// ParsePrefix parses the prefix of a Native family at the start of b: a length octet and as many octets of the address as
// that needs. The bits past the length are cleared.
func ParsePrefix(b []byte, f Family) (prefix netip.Prefix, rest []byte, err error) {
	return parsePrefix(b, f.bits())
}

func parsePrefix(b []byte, addressBits int) (prefix netip.Prefix, rest []byte, err error) {
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

// NLRILength returns the size in octets of the NLRI at the start of b, without its path identifier, for a family that is
// not Native. Such NLRI begin with a length in bits (labelled, VPN, RT constraint), a type and a length in octets (EVPN,
// MVPN, BGP-LS), or a length in octets (FlowSpec).
func NLRILength(b []byte, f Family) (int, error) {
	n := 0
	switch {
	case f.SAFI == safiFlow || f.SAFI == safiFlowVPN:
		switch {
		case len(b) >= 1 && b[0] < 0xf0:
			n = 1 + int(b[0])
		case len(b) >= 2:
			n = 2 + int(binary.BigEndian.Uint16(b)&0x0fff)
		}
	case f.AFI == afiLS || f.SAFI == safiLS || f.SAFI == safiLSVPN:
		if len(b) >= 4 {
			n = 4 + int(binary.BigEndian.Uint16(b[2:]))
		}
	case f.SAFI == safiEVPN || f.SAFI == safiMVPN:
		if len(b) >= 2 {
			n = 2 + int(b[1])
		}
	case len(b) >= 1:
		n = 1 + (int(b[0])+7)/8
	}
	if n == 0 || n > len(b) {
		return 0, fmt.Errorf("NLRI of %s: %w", f, ErrShort)
	}
	return n, nil
}

// PathIDs reports whether the NLRI of a Native family carry path identifiers: what the record claims, unless the bytes
// make sense only the other way. BIRD and FRR wrote ADD-PATH sessions into subtypes without path identifiers, and FRR
// writes families for which ADD-PATH was not negotiated into subtypes with them.
func PathIDs(b []byte, f Family, claimed bool) bool {
	return claimed != (!plausible(b, f, claimed) && plausible(b, f, !claimed))
}

// plausible reports whether NLRI are complete and hold at most one default route. Read the wrong way they are malformed,
// or hold the default route repeatedly.
func plausible(b []byte, f Family, pathIDs bool) bool {
	defaults := 0
	for all := Prefixes(b, f, pathIDs); all.More(); {
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
