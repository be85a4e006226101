package dump

import (
	"encoding/binary"
	"net/netip"
	"strconv"
)

// appendAddress appends an address as bgpdump prints it: :: replaces the longest run of zero groups even if that is a
// single group, contrary to RFC 5952 section 4.2.2, and IPv4-mapped and IPv4-compatible addresses end in dotted decimals.
func appendAddress(to []byte, a netip.Addr) []byte {
	if a.Is4() {
		return appendIPv4(to, a.As4())
	}
	const hex = "0123456789abcdef"
	b := a.As16()
	var groups [8]uint16
	start, length := -1, 0
	for i, run := 0, 0; i < 8; i++ {
		groups[i] = binary.BigEndian.Uint16(b[2*i:])
		if groups[i] != 0 {
			run = 0
		} else if run++; run > length {
			start, length = i-run+1, run
		}
	}
	for i := 0; i < 8; i++ {
		if i == start {
			to = append(to, ':')
			if i += length; i == 8 {
				return append(to, ':')
			}
		}
		if i > 0 {
			to = append(to, ':')
		}
		if i == 6 && start == 0 && (length == 6 || length == 5 && groups[5] == 0xffff) {
			return appendIPv4(to, [4]byte(b[12:]))
		}
		g := groups[i]
		for shift := 12; shift >= 0; shift -= 4 {
			if g>>shift != 0 || shift == 0 {
				to = append(to, hex[g>>shift&15])
			}
		}
	}
	return to
}

// decimals are the texts of all octets.
var decimals = func() (texts [256]string) {
	for i := range texts {
		texts[i] = strconv.Itoa(i)
	}
	return texts
}()

func appendIPv4(to []byte, a [4]byte) []byte {
	to = append(append(to, decimals[a[0]]...), '.')
	to = append(append(to, decimals[a[1]]...), '.')
	to = append(append(to, decimals[a[2]]...), '.')
	return append(to, decimals[a[3]]...)
}

// appendNetwork appends a prefix as bgpdump prints it.
func appendNetwork(to []byte, p netip.Prefix) []byte {
	to = append(appendAddress(to, p.Addr()), '/')
	return append(to, decimals[p.Bits()]...)
}
