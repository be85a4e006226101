package bgp

import (
	"encoding/binary"
	"fmt"
	"iter"
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
// not Native. NLRI begin with their length, or with a type and a length, in as many octets as the family's document says.
func NLRILength(b []byte, f Family) (int, error) {
	head, size := 0, 0
	octet := func(at int) { // the length at an offset, in octets, of what follows
		if len(b) > at {
			head, size = at+1, int(b[at])
		}
	}
	two := func(at int) {
		if len(b) > at+1 {
			head, size = at+2, int(binary.BigEndian.Uint16(b[at:]))
		}
	}
	switch {
	case f.SAFI == safiFlow || f.SAFI == safiFlowVPN: // RFC 8955 section 4: of two octets if it begins with 0xf
		if len(b) > 0 && b[0] >= 0xf0 {
			two(0)
			size &= 0x0fff
		} else {
			octet(0)
		}
	case f.AFI == afiLS || f.SAFI == safiLS || f.SAFI == safiLSVPN, f.SAFI == safiSFC, f.SAFI == safiSDWAN:
		two(2)
	case f.SAFI == safiVPLS && f.AFI == afiL2VPN:
		two(0)
	case f.SAFI == safiEVPN, f.SAFI == safiMVPN, f.SAFI == safiMVPLS, f.SAFI == safiMcastTree:
		octet(1)
	case f.SAFI == safiMUP:
		octet(3)
	case f.SAFI == safiCAR, f.SAFI == safiCARVPN:
		octet(0)
	case f.Unbounded(): // GoBGP: a key with its length, and a value
		if two(0); head > 0 && head+size <= len(b) {
			size = len(b) - head
		}
	default: // a length in bits
		octet(0)
		size = (size + 7) / 8
	}
	if head == 0 || head+size > len(b) {
		return 0, fmt.Errorf("NLRI of %s: %w", f, ErrShort)
	}
	return head + size, nil
}

// Unbounded reports whether an NLRI of the family does not tell its length and ends where its field ends.
func (f Family) Unbounded() bool { return f.AFI == afiOpaque }

// Raw is one NLRI of a family that is not Native.
type Raw struct {
	NLRI      []byte // lent; without the path identifier
	PathID    uint32
	HasPathID bool
}

// Split iterates over the NLRI of a field of a family that is not Native. An error ends the iteration.
func (f Family) Split(b []byte, addPath bool) iter.Seq2[Raw, error] {
	return func(yield func(Raw, error) bool) {
		for len(b) > 0 {
			raw := Raw{HasPathID: addPath}
			if addPath {
				if len(b) < 4 {
					yield(raw, fmt.Errorf("path identifier: %w", ErrShort))
					return
				}
				raw.PathID, b = binary.BigEndian.Uint32(b), b[4:]
			}
			n, err := NLRILength(b, f)
			raw.NLRI, b = b[:n], b[n:]
			if !yield(raw, err) || err != nil {
				return
			}
		}
	}
}

// PathIDs reports whether the NLRI of a Native family carry path identifiers. What the record says holds, unless the whole
// field cannot be decoded as it says and can be, as a writer would have written it, the other way: BIRD and FRR wrote
// ADD-PATH sessions into subtypes without path identifiers, and FRR writes families for which ADD-PATH was not negotiated
// into subtypes with them.
func PathIDs(b []byte, f Family, claimed bool) bool {
	return claimed != (!whole(b, f, claimed) && whole(b, f, !claimed) && credible(b, f, !claimed))
}

// whole reports whether a field of NLRI can be decoded to its end and announces no default route twice. The other way of
// reading mostly meets octets of 0, and takes them for default routes.
func whole(b []byte, f Family, pathIDs bool) bool {
	defaults, last := 0, uint32(0)
	for all := Prefixes(b, f, pathIDs); all.More(); {
		p, id, err := all.Next()
		if err != nil {
			return false
		}
		if p.Bits() == 0 {
			if defaults++; defaults > 1 && id == last {
				return false
			}
			last = id
		}
	}
	return true
}

// credible reports whether a field that can be decoded in a way that its record does not say looks as if a writer had meant
// it: no bits are set behind the prefixes, none is shorter than any registry delegates except the default route, and path
// identifiers, which routers count from 1, are below 2^24. A malformed field that merely happens to fit has none of that.
func credible(b []byte, f Family, pathIDs bool) bool {
	const shortest, largest = 8, 1<<24 - 1
	for all := Prefixes(b, f, pathIDs); all.More(); {
		before := all.Rest()
		p, id, err := all.Next()
		if err != nil || id > largest || p.Bits() > 0 && p.Bits() < shortest {
			return false
		}
		last := before[len(before)-len(all.Rest())-1] // of the address
		if spare := (8 - p.Bits()%8) % 8; p.Bits() > 0 && last&(1<<spare-1) != 0 {
			return false
		}
	}
	return true
}
